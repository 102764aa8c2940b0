// What the page does: hands pictures in as jobs, watches them, fetches the results and has the server forget them.
"use strict";

const $ = (id) => document.getElementById(id);
const root = document.documentElement;
const state = { models: [], limits: {}, items: [], chosen: null, running: 0, tab: "upscale" };

/* ---------- small things ---------- */

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") element.textContent = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function say(text) {
  $("status").textContent = text;
}

let toastTimer = 0;
function complain(text) {
  $("toast").textContent = text;
  $("toast").hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { $("toast").hidden = true; }, 7000);
}

const pause = (seconds) => new Promise((done) => setTimeout(done, 1000 * seconds));
const megabytes = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`);
const duration = (ms) => (ms < 950 ? `${Math.round(ms)} ms` : ms < 9950 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`);

function download(blob, name) {
  const url = URL.createObjectURL(blob);
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}

const SUFFIXES = {
  "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/avif": "avif", "image/tiff": "tif",
  "image/bmp": "bmp", "image/gif": "gif", "image/x-portable-pixmap": "ppm",
};

/* ---------- talking to the server ---------- */

class Refused extends Error {
  constructor(status, code, message, wait) {
    super(message);
    Object.assign(this, { status, code, wait });
  }
}

let token = sessionStorage.getItem("srgan-token");
let asking = null;

function askForToken() {
  asking ??= new Promise((done) => {
    const dialog = $("ask-token");
    dialog.showModal();
    dialog.addEventListener("close", () => {
      token = $("token").value.trim();
      sessionStorage.setItem("srgan-token", token);
      $("token").value = "";
      asking = null;
      done();
    }, { once: true });
  });
  return asking;
}

const credentials = () => (token ? { Authorization: `Bearer ${token}` } : {});

function refusal(status, text, retryAfter) {
  let problem = {};
  try { problem = JSON.parse(text); } catch { /* something between the server and us has answered */ }
  const wait = Math.min(60, Number(retryAfter) || 1);
  return new Refused(status, problem.code || "unknown", problem.message || `The server answered ${status}.`, wait);
}

async function ask(path, options = {}) {
  for (;;) {
    let response;
    try {
      response = await fetch(path, { ...options, headers: { ...options.headers, ...credentials() } });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Refused(0, "unreachable", "The server cannot be reached.", 2);
    }
    if (response.ok) return response;
    if (response.status === 401) { await askForToken(); continue; }
    throw refusal(response.status, await response.text(), response.headers.get("Retry-After"));
  }
}

// fetch tells nothing of an upload's progress, XMLHttpRequest does.
function upload(path, blob, onProgress, signal) {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    for (const [name, value] of Object.entries(credentials())) request.setRequestHeader(name, value);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.onprogress = (event) => onProgress(event.loaded / event.total);
    request.onload = () => (request.status < 300
      ? done(JSON.parse(request.responseText))
      : fail(refusal(request.status, request.responseText, request.getResponseHeader("Retry-After"))));
    request.onerror = () => fail(new Refused(0, "unreachable", "The server cannot be reached, or has cut the upload.", 2));
    request.onabort = () => fail(new DOMException("aborted", "AbortError"));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(blob);
  });
}

async function watch(id, onState, signal) {
  const response = await ask(`v1/jobs/${id}/events`, { signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    const blocks = text.split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const line = block.split("\n").find((one) => one.startsWith("data: "));
      if (line) onState(JSON.parse(line.slice(6)));
    }
  }
}

// One picture: hand in, watch, fetch, forget. The server being full is no failure, only a wait.
async function process(blob, wishes, { onStage = () => {}, signal = new AbortController().signal } = {}) {
  if (state.limits.body_bytes && blob.size > state.limits.body_bytes) {
    throw new Refused(413, "body_too_large", `${megabytes(blob.size)} are more than the ${megabytes(state.limits.body_bytes)} that the server takes.`);
  }
  const query = new URLSearchParams(wishes).toString();
  let job = null;
  try {
    while (job === null) {
      try {
        onStage("uploading", 0);
        job = await upload(`v1/jobs?${query}`, blob, (share) => onStage("uploading", share), signal);
      } catch (error) {
        if (error.status === 401) await askForToken();
        else if (error.status === 429 || error.status === 503) {
          onStage("queued", 0);
          await pause(error.wait);
          if (signal.aborted) throw new DOMException("aborted", "AbortError");
        } else throw error;
      }
    }
    let last = job;
    await watch(job.id, (told) => {
      last = told;
      onStage(told.status === "done" ? "fetching" : told.status, told.progress);
    }, signal);
    if (last.status !== "done") throw new Refused(422, last.code, last.message || "The server has given it up.");
    const response = await ask(`v1/jobs/${job.id}/result`, { signal });
    return await picture(response);
  } finally {
    if (job) ask(`v1/jobs/${job.id}`, { method: "DELETE", keepalive: true }).catch(() => {});
  }
}

async function picture(response) {
  const header = (name) => response.headers.get(`X-Srgan-${name}`);
  const blob = await response.blob();
  return {
    blob,
    url: URL.createObjectURL(blob),
    suffix: SUFFIXES[blob.type] || "img",
    width: Number(header("Width")),
    height: Number(header("Height")),
    model: header("Model"),
    device: header("Device"),
    precision: header("Precision"),
    ms: Number(header("Milliseconds")),
  };
}

const made = (result) => `${result.model}, ${duration(result.ms)} on ${result.device} in ${result.precision}`;

/* ---------- what the server offers ---------- */

const modelsFor = (command) => state.models.filter((model) => model.command === command);

function offer(select, hint, command, onChange) {
  const models = modelsFor(command);
  select.replaceChildren(...models.map((model) => make("option", { value: model.name, text: model.name })));
  const tell = () => {
    const model = models.find((one) => one.name === select.value);
    hint.textContent = model ? model.summary : "";
    if (model) onChange(model);
  };
  select.onchange = tell;
  tell();
}

async function connect() {
  try {
    const about = await (await ask("v1/models")).json();
    Object.assign(state, { models: about.models, limits: about.limits });
    const model = about.models[0];
    $("device-text").textContent = model ? model.device : "No model";
    $("device").title = `srgan ${about.version}`;
    $("dot").className = "dot good";
    for (const command of ["upscale", "translate", "generate"]) $(`tab-${command}`).hidden = !modelsFor(command).length;
    offer($("model"), $("model-hint"), "upscale", (chosen) => {
      $("scale").options[0].textContent = `×${chosen.scale} (model)`;
      stale();
    });
    offer($("sketch-model"), $("sketch-hint"), "translate", (chosen) => { $("seed-field").hidden = !chosen.samples; });
    offer($("text-model"), $("text-hint"), "generate", (chosen) => {
      $("text-field").hidden = chosen.takes !== "text";
      $("label-field").hidden = chosen.takes !== "class";
      $("label").replaceChildren(...chosen.classes.map((name) => make("option", { text: name })));
    });
    const first = ["upscale", "translate", "generate"].find((command) => modelsFor(command).length);
    if (first && !modelsFor(state.tab).length) open(first);
    next();
  } catch (error) {
    $("device-text").textContent = "Not connected";
    $("dot").className = "dot bad";
    complain(error.message);
    await pause(5);
    connect();
  }
}

/* ---------- tabs and looks ---------- */

const tabs = [...document.querySelectorAll("[role=tab]")];

function open(name) {
  state.tab = name;
  for (const tab of tabs) {
    const chosen = tab.id === `tab-${name}`;
    tab.setAttribute("aria-selected", chosen);
    tab.tabIndex = chosen ? 0 : -1;
    $(tab.getAttribute("aria-controls")).hidden = !chosen;
  }
  if (name === "upscale") fitIfFitted();
}

for (const tab of tabs) tab.addEventListener("click", () => open(tab.id.slice(4)));
$("tabs").addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const seen = tabs.filter((tab) => !tab.hidden);
  const tab = seen[(seen.indexOf(document.activeElement) + step + seen.length) % seen.length];
  open(tab.id.slice(4));
  tab.focus();
});

const prefersDark = matchMedia("(prefers-color-scheme: dark)");
function dress() {
  root.dataset.theme = localStorage.getItem("srgan-theme") || (prefersDark.matches ? "dark" : "light");
}
$("theme").addEventListener("click", () => {
  localStorage.setItem("srgan-theme", root.dataset.theme === "dark" ? "light" : "dark");
  dress();
});
prefersDark.addEventListener("change", dress);
dress();

/* ---------- enlarging: the list ---------- */

const WORDS = {
  uploading: "Sending", queued: "The server is busy, waiting", waiting: "Waiting for its turn", decoding: "Reading",
  computing: "Computing", encoding: "Writing", fetching: "Fetching the result",
};

function wishes() {
  const chosen = { command: "upscale", model: $("model").value };
  const [name, value] = $("scale").value.split("=");
  if (name) chosen[name] = value;
  if ($("format").value) chosen.format = $("format").value;
  if (!$("quality-field").hidden) chosen.quality = $("quality").value;
  return chosen;
}

function add(files) {
  const pictures = [...files].filter((file) => file.size > 0);
  for (const file of pictures) {
    const item = { file, name: file.name || "picture.png", url: URL.createObjectURL(file), status: "new", progress: 0 };
    item.row = row(item);
    state.items.push(item);
    $("list").append(item.row);
    enqueue(item);
  }
  if (pictures.length) choose(state.items[state.items.length - pictures.length]);
}

function row(item) {
  const thumb = make("img", { class: "thumb", alt: "", src: item.url });
  thumb.addEventListener("error", () => { thumb.removeAttribute("src"); });
  const acts = make("div", { class: "acts" },
    make("button", { class: "quiet icon save", type: "button", "aria-label": `Download ${item.name}`, text: "↓", hidden: "", onclick: () => save(item) }),
    make("button", { class: "quiet icon", type: "button", "aria-label": `Remove ${item.name}`, text: "×", onclick: () => remove(item) }));
  const words = make("div", {},
    make("button", { class: "pick", type: "button", text: item.name, onclick: () => choose(item) }),
    make("p", { class: "state" }));
  return make("li", { class: "item" }, thumb, words, acts, make("progress", { max: "1", value: "0", "aria-label": `Progress of ${item.name}` }));
}

function show(item) {
  const busy = !["done", "failed"].includes(item.status);
  item.row.classList.toggle("failed", item.status === "failed");
  item.row.querySelector(".state").textContent = item.status === "failed" ? item.message
    : item.status === "done" ? `${item.result.width} × ${item.result.height}, ${megabytes(item.result.blob.size)}`
      : item.status === "new" ? "Next" : WORDS[item.status] || item.status;
  const bar = item.row.querySelector("progress");
  bar.hidden = !busy;
  bar.value = item.progress;
  item.row.querySelector(".save").hidden = item.status !== "done";
  const finished = state.items.filter((one) => one.status === "done").length;
  $("batch").hidden = state.items.length < 2;
  $("zip").disabled = finished === 0;
  $("zip").textContent = `Download all (${finished}, zip)`;
  if (state.chosen === item) frame();
}

function enqueue(item) {
  item.controller?.abort();
  Object.assign(item, { status: "new", progress: 0, wishes: wishes(), controller: new AbortController() });
  show(item);
  stale();
  next();
}

function next() {
  if (!state.models.length) return;
  while (state.running < 2) {
    const item = state.items.find((one) => one.status === "new");
    if (!item) return;
    state.running += 1;
    run(item).finally(() => { state.running -= 1; next(); });
  }
}

async function run(item) {
  const { controller } = item;
  const stage = (status, progress) => {
    if (item.controller !== controller) return;
    const share = { uploading: 0.1 * progress, computing: 0.15 + 0.75 * progress, encoding: 0.92, fetching: 0.96 }[status] ?? 0.12;
    Object.assign(item, { status, progress: status === "queued" ? 0 : share });
    show(item);
  };
  item.status = "uploading";
  try {
    const result = await process(item.file, item.wishes, { onStage: stage, signal: controller.signal });
    if (item.controller !== controller) { URL.revokeObjectURL(result.url); return; }
    if (item.result) URL.revokeObjectURL(item.result.url);
    Object.assign(item, { status: "done", progress: 1, result });
    say(`${item.name} is ready.`);
  } catch (error) {
    if (error.name === "AbortError" || item.controller !== controller) return;
    Object.assign(item, { status: "failed", message: error.message });
    say(`${item.name}: ${error.message}`);
  }
  show(item);
}

function remove(item) {
  item.controller?.abort();
  URL.revokeObjectURL(item.url);
  if (item.result) URL.revokeObjectURL(item.result.url);
  item.row.remove();
  const place = state.items.indexOf(item);
  state.items.splice(place, 1);
  $("batch").hidden = state.items.length < 2;
  if (state.chosen === item) choose(state.items[Math.min(place, state.items.length - 1)] ?? null);
  stale();
}

const nameOf = (item) => `${item.name.replace(/\.[^.]*$/, "")}_${item.result.width}x${item.result.height}.${item.result.suffix}`;
const save = (item) => download(item.result.blob, nameOf(item));

// Settings that were changed after pictures had been made with others.
function stale() {
  const now = JSON.stringify(wishes());
  $("again").hidden = !state.items.some((item) => JSON.stringify(item.wishes) !== now);
}

$("options").addEventListener("input", () => {
  const format = $("format").value;
  $("quality-field").hidden = !["jpeg", "webp", "avif"].includes(format);
  $("quality-value").textContent = $("quality").value;
  stale();
});
$("options").addEventListener("submit", (event) => {
  event.preventDefault();
  const now = JSON.stringify(wishes());
  for (const item of state.items) if (JSON.stringify(item.wishes) !== now) enqueue(item);
});
$("files").addEventListener("change", () => { add($("files").files); $("files").value = ""; });
$("clear").addEventListener("click", () => { for (const item of [...state.items]) remove(item); });

/* ---------- enlarging: before and after ---------- */

const stage = $("stage");
const view = { zoom: 1, x: 0, y: 0, split: 0.5, width: 0, height: 0, fitted: true };

function choose(item) {
  state.chosen = item;
  for (const one of state.items) {
    one.row.classList.toggle("chosen", one === item);
    one.row.querySelector(".pick").setAttribute("aria-current", one === item ? "true" : "false");
  }
  for (const layer of ["before", "after"]) { $(layer).removeAttribute("src"); $(layer).hidden = true; }
  view.width = 0;
  frame();
}

function frame() {
  const item = state.chosen;
  const result = item?.status === "done" ? item.result : null;
  $("empty").hidden = Boolean(item);
  $("busy").hidden = !item || item.status === "done";
  if (item && item.status !== "done") {
    $("busy-bar").hidden = item.status === "failed";
    $("busy-bar").value = item.progress;
    $("busy-text").textContent = item.status === "failed" ? item.message
      : item.status === "new" ? "Next" : `${WORDS[item.status] || item.status} …`;
  }
  for (const id of ["handle", "tag-before", "tag-after", "toolbar"]) $(id).hidden = !result;
  stage.classList.toggle("bare", !item);
  if (!item) return;
  set($("before"), item.url, item.name);
  if (result) {
    set($("after"), result.url, `${item.name}, enlarged`);
    $("facts").textContent = `${result.width} × ${result.height} px, ${megabytes(result.blob.size)} · ${made(result)}`;
    $("download").href = result.url;
    $("download").download = nameOf(item);
    if (view.width !== result.width || view.height !== result.height) size(result.width, result.height);
  } else {
    $("after").hidden = true;
  }
  draw();
}

function set(image, url, text) {
  if (image.getAttribute("src") !== url) {
    image.hidden = true;
    image.src = url;
    image.alt = text;
  }
}

for (const layer of ["before", "after"]) {
  $(layer).addEventListener("load", () => {
    const image = $(layer);
    image.hidden = false;
    if (layer === "before" && !view.width) size(image.naturalWidth, image.naturalHeight);
    draw();
  });
  $(layer).addEventListener("error", () => {
    $(layer).hidden = true;
    if (layer === "after" && $("after").getAttribute("src")) complain("The browser cannot show this format; the download is complete.");
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

function fitIfFitted() {
  if (view.width && view.fitted) fit();
  else draw();
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
  if (!view.width || !state.chosen) return;
  const [width, height] = [view.width * view.zoom, view.height * view.zoom];
  view.x = held(view.x, width, stage.clientWidth);
  view.y = held(view.y, height, stage.clientHeight);
  const line = view.split * stage.clientWidth;
  for (const layer of ["before", "after"]) {
    const { style } = $(layer);
    [style.left, style.top, style.width, style.height] = [view.x, view.y, width, height].map((value) => `${value}px`);
    style.imageRendering = layer === "after" && view.zoom > 3 ? "pixelated" : "auto";
  }
  const compared = state.chosen.status === "done" && !$("after").hidden;
  const left = Math.min(width, Math.max(0, line - view.x));
  $("before").style.clipPath = compared ? `inset(0 ${width - left}px 0 0)` : "none";
  $("after").style.clipPath = `inset(0 0 0 ${left}px)`;
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

const pointers = new Map();
let pinch = null;

stage.addEventListener("pointerdown", (event) => {
  if (!view.width || event.button > 0) return;
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
  if (!view.width) return;
  event.preventDefault();
  const box = stage.getBoundingClientRect();
  zoomTo(view.zoom * Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.002)), event.clientX - box.left, event.clientY - box.top);
}, { passive: false });

stage.addEventListener("dblclick", (event) => {
  const box = stage.getBoundingClientRect();
  if (view.fitted) zoomTo(Math.max(1, 2 * view.zoom), event.clientX - box.left, event.clientY - box.top);
  else fit();
});

stage.addEventListener("keydown", (event) => {
  if (!view.width || event.ctrlKey || event.metaKey || event.altKey) return;
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
new ResizeObserver(fitIfFitted).observe(stage);

/* ---------- a zip of all results, stored ---------- */

const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function crc32(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = CRC[(value ^ byte) & 255] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

const little = (...pairs) => {
  const bytes = [];
  for (const [value, length] of pairs) for (let i = 0; i < length; i += 1) bytes.push(Math.floor(value / 256 ** i) & 255);
  return Uint8Array.from(bytes);
};

async function zip(files) {
  const [parts, index] = [[], []];
  let offset = 0;
  for (const { name, blob } of files) {
    const path = new TextEncoder().encode(name);
    const sum = crc32(new Uint8Array(await blob.arrayBuffer()));
    // Version 2.0, names in UTF-8, stored, the first of January 1980.
    const about = [[20, 2], [0x0800, 2], [0, 2], [0, 2], [33, 2], [sum, 4], [blob.size, 4], [blob.size, 4], [path.length, 2], [0, 2]];
    index.push(little([0x02014b50, 4], [20, 2], ...about, [0, 2], [0, 2], [0, 2], [0, 4], [offset, 4]), path);
    const head = little([0x04034b50, 4], ...about);
    parts.push(head, path, blob);
    offset += head.length + path.length + blob.size;
  }
  const length = index.reduce((sum, part) => sum + part.length, 0);
  const end = little([0x06054b50, 4], [0, 4], [files.length, 2], [files.length, 2], [length, 4], [offset, 4], [0, 2]);
  return new Blob([...parts, ...index, end], { type: "application/zip" });
}

$("zip").addEventListener("click", async () => {
  const used = new Set();
  const files = state.items.filter((item) => item.status === "done").map((item) => {
    let name = nameOf(item);
    for (let copy = 2; used.has(name); copy += 1) name = nameOf(item).replace(/(\.[^.]*)$/, `_${copy}$1`);
    used.add(name);
    return { name, blob: item.result.blob };
  });
  if (files.reduce((sum, file) => sum + file.blob.size, 0) > 4e9) { complain("More than 4 GB do not fit into a zip; download them one by one."); return; }
  download(await zip(files), "srgan.zip");
});

/* ---------- sketches ---------- */

const board = $("sketch");
const pen = board.getContext("2d", { willReadFrequently: true });
const sketch = { history: [], drawing: null, tool: "pen", run: 0, result: null };

function blank() {
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, board.width, board.height);
}

function remember() {
  sketch.history.push(pen.getImageData(0, 0, board.width, board.height));
  if (sketch.history.length > 30) sketch.history.shift();
}

function place(event) {
  const box = board.getBoundingClientRect();
  return [((event.clientX - box.left) / box.width) * board.width, ((event.clientY - box.top) / box.height) * board.height];
}

function stroke(from, to) {
  pen.strokeStyle = sketch.tool === "pen" ? "#000" : "#fff";
  pen.lineWidth = Number($("pen").value) * (sketch.tool === "pen" ? 1 : 3);
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
  sketch.drawing = place(event);
  stroke(sketch.drawing, sketch.drawing);
});
board.addEventListener("pointermove", (event) => {
  if (!sketch.drawing) return;
  for (const one of event.getCoalescedEvents?.() ?? [event]) {
    const to = place(one);
    stroke(sketch.drawing, to);
    sketch.drawing = to;
  }
});
function endStroke() {
  if (!sketch.drawing) return;
  sketch.drawing = null;
  if ($("live").checked) colour();
}
board.addEventListener("pointerup", endStroke);
board.addEventListener("pointercancel", endStroke);

for (const tool of ["pen", "eraser"]) {
  $(`tool-${tool}`).addEventListener("click", () => {
    sketch.tool = tool;
    for (const one of ["pen", "eraser"]) $(`tool-${one}`).setAttribute("aria-pressed", one === tool);
  });
}
$("pen").addEventListener("input", () => { $("pen-value").textContent = $("pen").value; });
$("undo").addEventListener("click", () => { if (sketch.history.length) pen.putImageData(sketch.history.pop(), 0, 0); });
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

async function openSketch(file) {
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
    complain("The browser cannot read this picture.");
  }
}
$("sketch-file").addEventListener("change", () => { openSketch($("sketch-file").files[0]); $("sketch-file").value = ""; });
$("sketch-options").addEventListener("submit", (event) => { event.preventDefault(); colour(); });

async function colour() {
  const run = sketch.run += 1;
  const model = modelsFor("translate").find((one) => one.name === $("sketch-model").value);
  const chosen = { command: "translate", model: model.name, format: "png" };
  if (model.size) chosen.size = model.size;
  if (model.samples) chosen.seed = $("sketch-seed").value || 0;
  $("sketch-result").classList.add("working");
  try {
    const blob = await new Promise((done) => board.toBlob(done, "image/png"));
    const result = await process(blob, chosen);
    if (run !== sketch.run) { URL.revokeObjectURL(result.url); return; }
    if (sketch.result) URL.revokeObjectURL(sketch.result.url);
    sketch.result = result;
    $("sketch-result").replaceChildren(make("img", { src: result.url, alt: "Your sketch, coloured" }));
    $("sketch-facts").textContent = `${result.width} × ${result.height} px · ${made(result)}`;
    $("sketch-toolbar").hidden = false;
    $("sketch-download").href = result.url;
    $("sketch-download").download = `sketch.${result.suffix}`;
    say("The sketch is coloured.");
  } catch (error) {
    if (run === sketch.run) complain(error.message);
  } finally {
    if (run === sketch.run) $("sketch-result").classList.remove("working");
  }
}

function enlarge(result, name) {
  open("upscale");
  add([new File([result.blob], name, { type: result.blob.type })]);
}
$("sketch-enlarge").addEventListener("click", () => enlarge(sketch.result, `sketch.${sketch.result.suffix}`));
blank();

/* ---------- text to image ---------- */

let generation = 0;
$("truncation").addEventListener("input", () => {
  const value = Number($("truncation").value);
  $("truncation-value").textContent = value === 20 ? "full" : (value / 10).toFixed(1);
});
$("dice").addEventListener("click", () => {
  $("text-seed").value = Math.floor(Math.random() * 4294967296);
  $("text-options").requestSubmit();
});
$("text-options").addEventListener("submit", async (event) => {
  event.preventDefault();
  const run = generation += 1;
  const model = modelsFor("generate").find((one) => one.name === $("text-model").value);
  const body = { model: model.name, seed: Number($("text-seed").value) || 0, format: "png" };
  if (model.takes === "text") body.text = $("text").value.trim();
  if (model.takes === "class") body.label = $("label").value;
  if (Number($("truncation").value) < 20) body.truncation = Number($("truncation").value) / 10;
  if (model.takes === "text" && !body.text) { complain("Write what the pictures are to show."); $("text").focus(); return; }
  const name = (body.text || body.label || "noise").replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 60);
  $("gallery").replaceChildren();
  $("text-facts").textContent = "Computing …";
  for (let sample = 0; sample < Number($("count").value); sample += 1) {
    try {
      const result = await generate({ ...body, sample });
      if (run !== generation) return;
      $("gallery").append(make("li", {}, make("figure", {},
        make("img", { src: result.url, alt: `${body.text || body.label || "A picture"}, number ${sample + 1}` }),
        make("div", { class: "group" },
          make("button", { type: "button", text: "Enlarge", onclick: () => enlarge(result, `${name}-${sample + 1}.png`) }),
          make("button", { type: "button", text: "Download", onclick: () => download(result.blob, `${name}-${sample + 1}.png`) })))));
      $("text-facts").textContent = made(result);
      say(`Picture ${sample + 1} is ready.`);
    } catch (error) {
      if (run !== generation) return;
      $("text-facts").textContent = error.message;
      return;
    }
  }
});

async function generate(body) {
  for (;;) {
    try {
      const headers = { "Content-Type": "application/json" };
      return await picture(await ask("v1/generate", { method: "POST", body: JSON.stringify(body), headers }));
    } catch (error) {
      if (error.status !== 429) throw error;
      await pause(error.wait);
    }
  }
}

/* ---------- dropping and pasting ---------- */

let depth = 0;
const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
const take = (files) => {
  if (!files.length) return;
  if (state.tab === "translate") openSketch(files[0]);
  else { open("upscale"); add(files); }
};
addEventListener("dragenter", (event) => { if (hasFiles(event)) { depth += 1; $("overlay").hidden = false; } });
addEventListener("dragleave", () => { depth = Math.max(0, depth - 1); if (!depth) $("overlay").hidden = true; });
addEventListener("dragover", (event) => { if (hasFiles(event)) event.preventDefault(); });
addEventListener("drop", (event) => {
  depth = 0;
  $("overlay").hidden = true;
  if (!hasFiles(event)) return;
  event.preventDefault();
  take(event.dataTransfer.files);
});
addEventListener("paste", (event) => {
  const files = [...(event.clipboardData?.files ?? [])];
  if (files.length) { event.preventDefault(); take(files); }
});
addEventListener("pagehide", () => { for (const item of state.items) item.controller?.abort(); });

$("where").textContent = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname) ? "this machine" : location.hostname;
connect();
