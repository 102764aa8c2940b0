// Colouring a sketch: a board to draw on, and what the model makes of it.
import { $, complain, made, make, say } from "./dom.js";
import { modelsFor, work } from "./server.js";
import { add } from "./enlarge.js";
import { open } from "./tabs.js";

const board = $("sketch");
const pen = board.getContext("2d", { willReadFrequently: true });
const history = [];
let tool = "pen";
let last = null;
let run = 0;
let result = null;

function blank() {
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, board.width, board.height);
}

function remember() {
  history.push(pen.getImageData(0, 0, board.width, board.height));
  if (history.length > 30) history.shift();
  $("undo").disabled = false;
  $("invite").hidden = true;
}

/* ---------- drawing ---------- */

function place(event) {
  const box = board.getBoundingClientRect();
  return [((event.clientX - box.left) / box.width) * board.width, ((event.clientY - box.top) / box.height) * board.height];
}

function stroke(from, to) {
  pen.strokeStyle = tool === "pen" ? "#000" : "#fff";
  pen.lineWidth = Number($("pen").value) * (tool === "pen" ? 1 : 3);
  pen.lineCap = pen.lineJoin = "round";
  pen.beginPath();
  pen.moveTo(...from);
  pen.lineTo(...to);
  pen.stroke();
}

board.addEventListener("pointerdown", (event) => {
  if (event.button > 0) return;
  board.setPointerCapture(event.pointerId);
  remember();
  last = place(event);
  stroke(last, last);
});
board.addEventListener("pointermove", (event) => {
  if (!last) return;
  for (const one of event.getCoalescedEvents?.() ?? [event]) {
    const to = place(one);
    stroke(last, to);
    last = to;
  }
});
function endStroke() {
  if (!last) return;
  last = null;
  if ($("live").checked) colour();
}
board.addEventListener("pointerup", endStroke);
board.addEventListener("pointercancel", endStroke);

for (const name of ["pen", "eraser"]) {
  $(`tool-${name}`).addEventListener("click", () => {
    tool = name;
    for (const one of ["pen", "eraser"]) $(`tool-${one}`).setAttribute("aria-pressed", one === tool);
  });
}
$("pen").addEventListener("input", () => { $("pen-value").textContent = $("pen").value; });
$("undo").addEventListener("click", () => {
  pen.putImageData(history.pop(), 0, 0);
  $("undo").disabled = !history.length;
});
$("wipe").addEventListener("click", () => { remember(); blank(); });
$("example").addEventListener("click", () => {
  remember();
  blank();
  pen.strokeStyle = pen.fillStyle = "#000";
  pen.lineWidth = 12;
  pen.lineCap = pen.lineJoin = "round";
  const path = (shape, fill) => { const one = new Path2D(shape); if (fill) pen.fill(one); pen.stroke(one); };
  path("M256 64a192 192 0 1 0 0 384a192 192 0 1 0 0-384Z");
  path("M190 196a14 20 0 1 0 .1 0ZM322 196a14 20 0 1 0 .1 0Z", true);
  path("M164 292c28 72 156 72 184 0Z");
  colour();
});

export async function openSketch(file) {
  if (!file) return;
  try {
    const image = await createImageBitmap(file);
    remember();
    blank();
    const share = Math.min(board.width / image.width, board.height / image.height);
    const [width, height] = [image.width * share, image.height * share];
    pen.drawImage(image, (board.width - width) / 2, (board.height - height) / 2, width, height);
    colour();
  } catch {
    complain(`${file.name || "This file"} is no picture that the browser can read.`);
  }
}
$("sketch-file").addEventListener("change", () => { openSketch($("sketch-file").files[0]); $("sketch-file").value = ""; });

/* ---------- colouring ---------- */

async function colour() {
  const mine = run += 1;
  const model = modelsFor("translate").find((one) => one.name === $("sketch-model").value);
  if (!model) { complain("The server has not been reached yet."); return; }
  const wishes = { command: "translate", model: model.name, format: "png" };
  if (model.size) wishes.size = model.size;
  if (model.samples) wishes.seed = $("sketch-seed").value || 0;
  $("sketch-busy").hidden = false;
  try {
    const blob = await new Promise((done) => board.toBlob(done, "image/png"));
    const made_ = await work(blob, wishes);
    if (mine !== run) { URL.revokeObjectURL(made_.url); return; }
    if (result) URL.revokeObjectURL(result.url);
    result = made_;
    $("sketch-result").replaceChildren(make("img", { src: result.url, alt: "Your sketch, coloured" }));
    $("sketch-facts").textContent = `${result.width} × ${result.height} px · ${made(result)}`;
    $("sketch-toolbar").hidden = false;
    $("sketch-download").href = result.url;
    $("sketch-download").download = `sketch.${result.suffix}`;
    say("The sketch is coloured.");
  } catch (error) {
    if (mine === run) complain(error.message);
  } finally {
    if (mine === run) $("sketch-busy").hidden = true;
  }
}
$("sketch-options").addEventListener("submit", (event) => { event.preventDefault(); colour(); });

$("sketch-enlarge").addEventListener("click", () => {
  open("upscale");
  add([new File([result.blob], `sketch.${result.suffix}`, { type: result.blob.type })]);
});
blank();
