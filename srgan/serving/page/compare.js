// The stage: one picture before and after, a dividing line, zoom and pan by mouse, touch and keys.
import { $ } from "./dom.js";

const stage = $("stage");
const layers = { before: $("before"), after: $("after") };
const view = { zoom: 1, x: 0, y: 0, split: 0.5, width: 0, height: 0, fitted: true };

// What is shown: null, or {before: address, after: address or null, name, width, height of the result}.
let shown = null;

// Show a picture, or nothing; `fresh`: another one than before. `onUnseen` is told that the result cannot be displayed.
export function show(content, { fresh, onUnseen }) {
  shown = content;
  stage.classList.toggle("bare", !content);
  if (content) stage.tabIndex = 0;
  else stage.removeAttribute("tabindex");
  if (fresh) {
    view.width = 0;
    for (const image of Object.values(layers)) { image.removeAttribute("src"); image.hidden = true; }
  }
  const unseen = () => { layers.after.hidden = true; divisible(false); onUnseen(); };
  layers.after.onerror = unseen;
  divisible(Boolean(content?.after));
  if (!content) return;
  set(layers.before, content.before, content.name);
  if (content.after) {
    set(layers.after, content.after, `${content.name}, enlarged`);
    if (layers.after.complete && !layers.after.naturalWidth) unseen();
    if (view.width !== content.width || view.height !== content.height) size(content.width, content.height);
  } else {
    layers.after.hidden = true;
  }
  draw();
}

function divisible(is) {
  for (const id of ["handle", "tag-before", "tag-after"]) $(id).hidden = !is;
}

function set(image, url, text) {
  if (image.getAttribute("src") === url) { image.hidden = !image.naturalWidth; return; }
  image.hidden = true;
  image.src = url;
  image.alt = text;
}

layers.before.addEventListener("error", () => { layers.before.hidden = true; });
for (const image of Object.values(layers)) {
  image.addEventListener("load", () => {
    image.hidden = image === layers.after && !shown?.after;
    if (image === layers.before && !view.width) size(image.naturalWidth, image.naturalHeight);
    draw();
  });
}

function size(width, height) {
  Object.assign(view, { width, height });
  fit();
}

const fitting = () => Math.min(stage.clientWidth / view.width, stage.clientHeight / view.height) || 1;

function fit() {
  Object.assign(view, { zoom: fitting(), fitted: true });
  draw();
}

function zoomTo(zoom, x = stage.clientWidth / 2, y = stage.clientHeight / 2) {
  const least = Math.min(fitting(), 1);
  const wanted = Math.min(32, Math.max(least, zoom));
  view.x = x - (x - view.x) * (wanted / view.zoom);
  view.y = y - (y - view.y) * (wanted / view.zoom);
  view.zoom = wanted;
  view.fitted = Math.abs(wanted / fitting() - 1) < 0.001;
  draw();
}

// A picture that is smaller than the stage lies in its middle; a larger one never leaves a gap.
function held(offset, length, room) {
  return length <= room ? (room - length) / 2 : Math.min(0, Math.max(room - length, offset));
}

function draw() {
  if (!view.width || !shown) return;
  const [width, height] = [view.width * view.zoom, view.height * view.zoom];
  view.x = held(view.x, width, stage.clientWidth);
  view.y = held(view.y, height, stage.clientHeight);
  const line = view.split * stage.clientWidth;
  for (const image of Object.values(layers)) {
    const { style } = image;
    [style.left, style.top, style.width, style.height] = [view.x, view.y, width, height].map((value) => `${value}px`);
    style.imageRendering = image === layers.after && view.zoom > 3 ? "pixelated" : "auto";
  }
  const left = Math.min(width, Math.max(0, line - view.x));
  layers.before.style.clipPath = shown.after && !layers.after.hidden ? `inset(0 ${width - left}px 0 0)` : "none";
  layers.after.style.clipPath = `inset(0 0 0 ${left}px)`;
  $("handle").style.left = `${line}px`;
  $("handle").setAttribute("aria-valuenow", Math.round(100 * view.split));
  $("handle").setAttribute("aria-valuetext", `${Math.round(100 * view.split)} % before`);
  $("zoom-value").textContent = `${Math.round(100 * view.zoom)} %`;
  stage.classList.toggle("fit", view.fitted);
}

function divide(split) {
  view.split = Math.min(1, Math.max(0, split));
  draw();
}

/* ---------- mouse and touch ---------- */

const pointers = new Map();
let pinch = null;

stage.addEventListener("pointerdown", (event) => {
  if (!view.width || !shown || event.button > 0 || event.target.closest("button")) return;
  const onHandle = $("handle").contains(event.target);
  pointers.set(event.pointerId, { x: event.clientX, y: event.clientY, splits: onHandle || view.fitted });
  stage.setPointerCapture(event.pointerId);
  pinch = null;
  stage.classList.toggle("panning", !onHandle && !view.fitted);
  if (pointers.size === 1 && view.fitted && !onHandle && event.pointerType === "mouse") slide(event);
});

stage.addEventListener("pointermove", (event) => {
  const last = pointers.get(event.pointerId);
  if (!last) return;
  const [dx, dy] = [event.clientX - last.x, event.clientY - last.y];
  Object.assign(last, { x: event.clientX, y: event.clientY });
  if (pointers.size === 2) stretch();
  else if (last.splits) slide(event);
  else {
    view.x += dx;
    view.y += dy;
    draw();
  }
});

function lift(event) {
  pointers.delete(event.pointerId);
  pinch = null;
  stage.classList.remove("panning");
}
stage.addEventListener("pointerup", lift);
stage.addEventListener("pointercancel", lift);

function slide(event) {
  const box = stage.getBoundingClientRect();
  divide((event.clientX - box.left) / box.width);
}

function stretch() {
  const [one, two] = [...pointers.values()];
  const box = stage.getBoundingClientRect();
  const now = {
    distance: Math.hypot(one.x - two.x, one.y - two.y), x: (one.x + two.x) / 2 - box.left, y: (one.y + two.y) / 2 - box.top,
  };
  if (pinch) {
    view.x += now.x - pinch.x;
    view.y += now.y - pinch.y;
    zoomTo(view.zoom * (now.distance / pinch.distance), now.x, now.y);
  }
  pinch = now;
}

stage.addEventListener("wheel", (event) => {
  if (!view.width || !shown) return;
  event.preventDefault();
  const box = stage.getBoundingClientRect();
  zoomTo(view.zoom * Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.002)), event.clientX - box.left, event.clientY - box.top);
}, { passive: false });

stage.addEventListener("dblclick", (event) => {
  if (!view.width || !shown || event.target.closest("button")) return;
  const box = stage.getBoundingClientRect();
  if (view.fitted) zoomTo(Math.max(1, 2 * view.zoom), event.clientX - box.left, event.clientY - box.top);
  else fit();
});

/* ---------- keys and buttons ---------- */

stage.addEventListener("keydown", (event) => {
  if (!view.width || !shown || event.ctrlKey || event.metaKey || event.altKey) return;
  const onHandle = event.target === $("handle");
  const far = event.shiftKey ? 4 : 1;
  const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
  if (onHandle && (x || y)) divide(view.split + (x - y) * 0.02 * far);
  else if (onHandle && event.key === "Home") divide(0);
  else if (onHandle && event.key === "End") divide(1);
  else if (x || y) { view.x -= 40 * far * x; view.y -= 40 * far * y; draw(); }
  else if (event.key === "+" || event.key === "=") zoomTo(view.zoom * 1.25);
  else if (event.key === "-") zoomTo(view.zoom / 1.25);
  else if (event.key === "0") fit();
  else if (event.key === "1") zoomTo(1);
  else return;
  event.preventDefault();
});

$("zoom-in").addEventListener("click", () => zoomTo(view.zoom * 1.5));
$("zoom-out").addEventListener("click", () => zoomTo(view.zoom / 1.5));
$("zoom-fit").addEventListener("click", fit);
$("zoom-full").addEventListener("click", () => zoomTo(1));

// Also when its tab is opened again: a hidden stage has no size.
new ResizeObserver(() => {
  if (!stage.clientWidth) return;
  if (view.width && view.fitted) fit();
  else draw();
}).observe(stage);
