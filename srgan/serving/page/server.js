// Talking to the server: pictures are handed in as jobs, watched, fetched, and then the server is told to forget them.
import { $, megabytes, pause } from "./dom.js";

const SUFFIXES = {
  "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/avif": "avif", "image/tiff": "tif",
  "image/bmp": "bmp", "image/gif": "gif", "image/x-portable-pixmap": "ppm",
};

class Refused extends Error {
  constructor(status, code, message, wait) {
    super(message);
    Object.assign(this, { status, code, wait });
  }
}

// What the server offers; see /v1/models.
export const about = { version: "", models: [], limits: {} };

export const modelsFor = (command) => about.models.filter((model) => model.command === command);

export async function learn() {
  Object.assign(about, await (await ask("v1/models")).json());
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
export async function work(blob, wishes, { onStage = () => {}, signal = new AbortController().signal } = {}) {
  const limit = about.limits.body_bytes;
  if (limit && blob.size > limit) {
    throw new Refused(413, "body_too_large", `${megabytes(blob.size)} are more than the ${megabytes(limit)} that the server takes.`);
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
    return await picture(await ask(`v1/jobs/${job.id}/result`, { signal }));
  } finally {
    if (job) ask(`v1/jobs/${job.id}`, { method: "DELETE", keepalive: true }).catch(() => {});
  }
}

// A picture of a text, of a class or of noise; waits while the server is full.
export async function generate(body) {
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
