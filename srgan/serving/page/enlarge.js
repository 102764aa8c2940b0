// Enlarging: the list of pictures, two of which are in the making at a time, and the one that the stage shows.
import { show as stageShows } from "./compare.js";
import { $, complain, download, made, make, megabytes, say } from "./dom.js";
import { about, work } from "./server.js";
import { LARGEST, zip } from "./zip.js";

const AT_A_TIME = 2;
const WORDS = {
  new: "Next", uploading: "Sending …", queued: "The server is busy, waiting …", waiting: "Waiting for its turn …",
  decoding: "Reading …", computing: "Computing …", encoding: "Writing …", fetching: "Fetching the result …",
};

const items = [];
let chosen = null;
let running = 0;

function wishes() {
  const wanted = { command: "upscale", model: $("model").value };
  const [name, value] = $("scale").value.split("=");
  if (name) wanted[name] = value;
  if ($("format").value) wanted.format = $("format").value;
  if (!$("quality-field").hidden) wanted.quality = $("quality").value;
  if (!$("strength-field").hidden && $("strength").value !== "100") wanted.strength = $("strength").value / 100;
  return wanted;
}

export function add(files) {
  const pictures = [...files];
  for (const file of pictures) {
    const item = { file, name: file.name || "picture.png", url: URL.createObjectURL(file), status: "new", progress: 0 };
    item.row = row(item);
    items.push(item);
    $("list").append(item.row);
    enqueue(item);
  }
  if (pictures.length) choose(items[items.length - pictures.length]);
}

function row(item) {
  const thumb = make("img", { class: "thumb", alt: "", src: item.url });
  // What the browser cannot show, or what is no picture at all, gets a sheet of paper instead of a broken image.
  thumb.addEventListener("error", () => thumb.replaceWith(make("span", { class: "thumb none", "aria-hidden": "true", text: item.name.split(".").pop().slice(0, 4) })));
  const acts = make("div", { class: "acts" },
    make("button", { class: "quiet icon save", type: "button", "aria-label": `Download ${item.name}`, text: "↓", hidden: "", onclick: () => save(item) }),
    make("button", { class: "quiet icon", type: "button", "aria-label": `Remove ${item.name}`, text: "×", onclick: () => remove(item) }));
  const words = make("div", {},
    make("button", { class: "pick", type: "button", text: item.name, onclick: () => choose(item) }),
    make("p", { class: "state" }));
  return make("li", { class: "item" }, thumb, words, acts, make("progress", { max: "1", value: "0", "aria-label": `Progress of ${item.name}` }));
}

const isBusy = (item) => !["done", "failed"].includes(item.status);

function update(item) {
  item.row.classList.toggle("failed", item.status === "failed");
  item.row.querySelector(".state").textContent = item.status === "failed" ? item.message
    : item.status === "done" ? `${item.result.width} × ${item.result.height}, ${megabytes(item.result.blob.size)}` : WORDS[item.status];
  const bar = item.row.querySelector("progress");
  bar.hidden = !isBusy(item);
  bar.value = item.progress;
  item.row.querySelector(".save").hidden = item.status !== "done";
  count();
  if (chosen === item) frame();
}

function count() {
  const finished = items.filter((one) => one.status === "done").length;
  $("drop").hidden = !items.length;
  $("batch").hidden = items.length < 2;
  $("zip").disabled = finished === 0;
  $("zip").textContent = `Download all (${finished}, zip)`;
}

/* ---------- the queue ---------- */

function enqueue(item) {
  item.controller?.abort();
  Object.assign(item, { status: "new", progress: 0, wishes: wishes(), controller: new AbortController() });
  update(item);
  stale();
  next();
}

// Start what waits; to be called when the server has been reached, too.
export function next() {
  while (about.models.length && running < AT_A_TIME) {
    const item = items.find((one) => one.status === "new");
    if (!item) return;
    running += 1;
    run(item).finally(() => { running -= 1; next(); });
  }
}

async function run(item) {
  const { controller } = item;
  const onStage = (status, progress) => {
    if (item.controller !== controller || !(status in WORDS)) return;
    const share = { uploading: 0.1 * progress, queued: 0, computing: 0.15 + 0.75 * progress, encoding: 0.92, fetching: 0.96 }[status] ?? 0.12;
    Object.assign(item, { status, progress: share });
    update(item);
  };
  item.status = "uploading";
  try {
    if (!item.file.size) throw new Error("The file is empty.");
    const result = await work(item.file, item.wishes, { onStage, signal: controller.signal });
    if (item.controller !== controller) { URL.revokeObjectURL(result.url); return; }
    if (item.result) URL.revokeObjectURL(item.result.url);
    Object.assign(item, { status: "done", progress: 1, result });
    say(`${item.name} is ready.`);
  } catch (error) {
    if (error.name === "AbortError" || item.controller !== controller) return;
    const words = error.message.charAt(0).toUpperCase() + error.message.slice(1);
    Object.assign(item, { status: "failed", message: words });
    say(`${item.name}: ${words}`);
  }
  update(item);
}

function remove(item) {
  item.controller?.abort();
  URL.revokeObjectURL(item.url);
  if (item.result) URL.revokeObjectURL(item.result.url);
  item.row.remove();
  const place = items.indexOf(item);
  items.splice(place, 1);
  if (chosen === item) choose(items[Math.min(place, items.length - 1)] ?? null);
  count();
  stale();
}

// Leaving the page: nobody waits for the results any more.
export function abandon() {
  for (const item of items) item.controller?.abort();
}

/* ---------- the chosen one ---------- */

function choose(item) {
  const fresh = chosen !== item;
  chosen = item;
  for (const one of items) {
    one.row.classList.toggle("chosen", one === item);
    one.row.querySelector(".pick").setAttribute("aria-current", one === item ? "true" : "false");
  }
  frame(fresh);
}

function frame(fresh = false) {
  const item = chosen;
  const result = item?.status === "done" ? item.result : null;
  $("empty").hidden = Boolean(item);
  $("busy").hidden = !item || !isBusy(item);
  if (item && isBusy(item)) {
    $("busy-bar").value = item.progress;
    $("busy-text").textContent = WORDS[item.status];
  }
  problem(item?.status === "failed" ? `${item.name} could not be enlarged` : null, item?.message, true);
  $("toolbar").hidden = !result;
  if (result) {
    $("facts").textContent = `${result.width} × ${result.height} px, ${megabytes(result.blob.size)} · ${made(result)}`;
    $("download").href = result.url;
    $("download").download = nameOf(item);
  }
  const content = item && { before: item.url, after: result?.url ?? null, name: item.name, width: result?.width, height: result?.height };
  const onUnseen = () => problem(`${item.name} is ready`, "This browser cannot show the format; the download is complete.", false);
  stageShows(content, { fresh, onUnseen });
}

function problem(title, text, again) {
  $("problem").hidden = !title;
  $("problem").classList.toggle("bad", again);
  $("problem-title").textContent = title ?? "";
  $("problem-text").textContent = text ?? "";
  $("retry").hidden = !again;
}

const nameOf = (item) => `${item.name.replace(/\.[^.]*$/, "")}_${item.result.width}x${item.result.height}.${item.result.suffix}`;
const save = (item) => download(item.result.blob, nameOf(item));

/* ---------- settings and buttons ---------- */

// What the chosen model is like: its factor, and the faithful model that it can be mixed with.
export function adapt(model) {
  $("scale").options[0].textContent = `×${model.scale} (model)`;
  $("strength-field").hidden = !model.fidelity;
  $("strength-hint").textContent = model.fidelity ? `Less is truer and has less texture; 0 % is ${model.fidelity.name}.` : "";
  stale();
}

// Settings that were changed after pictures had been made with others.
function stale() {
  const now = JSON.stringify(wishes());
  $("again").hidden = !items.some((item) => JSON.stringify(item.wishes) !== now);
}

$("options").addEventListener("input", () => {
  $("quality-field").hidden = !["jpeg", "webp", "avif"].includes($("format").value);
  $("quality-value").textContent = $("quality").value;
  $("strength-value").textContent = `${$("strength").value} %`;
  stale();
});
$("options").addEventListener("submit", (event) => {
  event.preventDefault();
  const now = JSON.stringify(wishes());
  for (const item of items) if (JSON.stringify(item.wishes) !== now) enqueue(item);
});
$("files").addEventListener("change", () => { add($("files").files); $("files").value = ""; });
$("clear").addEventListener("click", () => { for (const item of [...items]) remove(item); });
$("retry").addEventListener("click", () => enqueue(chosen));
$("zip").addEventListener("click", async () => {
  const used = new Set();
  const files = items.filter((item) => item.status === "done").map((item) => {
    let name = nameOf(item);
    for (let copy = 2; used.has(name); copy += 1) name = nameOf(item).replace(/(\.[^.]*)$/, `_${copy}$1`);
    used.add(name);
    return { name, blob: item.result.blob };
  });
  if (files.reduce((sum, file) => sum + file.blob.size, 0) > LARGEST) { complain("More than 4 GB do not fit into a zip; download them one by one."); return; }
  download(await zip(files), "srgan.zip");
});
