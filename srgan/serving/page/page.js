// The page: connects to the server, offers its models, and hands on what is dropped, pasted or chosen.
import { $, complain, make, pause } from "./dom.js";
import { abandon, adapt as adaptEnlarging, add, next } from "./enlarge.js";
import { about, learn, modelsFor } from "./server.js";
import { openSketch } from "./sketch.js";
import { open, openTab } from "./tabs.js";
import { adapt as adaptWords } from "./words.js";

const COMMANDS = ["upscale", "translate", "generate"];

function offer(prefix, command, onChange) {
  const [select, models] = [$(`${prefix}model`), modelsFor(command)];
  select.replaceChildren(...models.map((model) => make("option", { value: model.name, text: model.name })));
  const tell = () => {
    const model = models.find((one) => one.name === select.value);
    $(`${prefix}model-hint`).textContent = model ? model.summary : "";
    if (model) onChange(model);
  };
  select.onchange = tell;
  tell();
}

async function connect() {
  try {
    await learn();
  } catch (error) {
    $("device-text").textContent = "Not connected";
    $("dot").className = "dot bad";
    complain(error.message);
    await pause(5);
    connect();
    return;
  }
  $("device-text").textContent = $("device").title = about.models[0]?.device ?? "No model";
  $("version").textContent = `srgan ${about.version}`;
  $("dot").className = "dot good";
  for (const command of COMMANDS) $(`tab-${command}`).hidden = !modelsFor(command).length;
  offer("", "upscale", adaptEnlarging);
  offer("sketch-", "translate", (model) => { $("seed-field").hidden = !model.samples; });
  offer("text-", "generate", adaptWords);
  const first = COMMANDS.find((command) => modelsFor(command).length);
  if (first && !modelsFor(openTab()).length) open(first);
  next();
}

/* ---------- files: chosen, dropped, pasted ---------- */

for (const button of document.querySelectorAll("[data-opens]")) {
  button.addEventListener("click", () => $(button.dataset.opens).click());
}

let depth = 0;
const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
const take = (files) => {
  if (!files.length) return;
  if (openTab() === "translate") openSketch(files[0]);
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
addEventListener("pagehide", abandon);

$("where").textContent = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname) ? "this machine" : location.hostname;
connect();
