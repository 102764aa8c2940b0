// Pictures of a text, of a class, or of nothing but noise.
import { $, download, made, make, say } from "./dom.js";
import { generate, modelsFor } from "./server.js";
import { add } from "./enlarge.js";
import { open } from "./tabs.js";

const EXAMPLES = ["a smiling face with sunglasses", "a red apple", "a sad cat", "a green heart", "a yellow bird"];
let run = 0;
let addresses = [];

const chosenModel = () => modelsFor("generate").find((one) => one.name === $("text-model").value);

// What the chosen model is made pictures of.
export function adapt(model) {
  $("text-field").hidden = model.takes !== "text";
  $("label-field").hidden = model.takes !== "class";
  $("label").replaceChildren(...model.classes.map((name) => make("option", { text: name })));
  $("gallery-words").textContent = {
    text: "Write what they are to show, or try one of these:", class: "Choose a class.", noise: "Press the button.",
  }[model.takes] ?? "";
  $("chips").replaceChildren(...(model.takes === "text" ? EXAMPLES : []).map((text) => make("button", {
    type: "button", text, onclick: () => { $("text").value = text; $("text-options").requestSubmit(); },
  })));
}

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
  const model = chosenModel();
  const body = wishes(model);
  $("text-problem").hidden = true;
  if (!model || (model.takes === "text" && !body.text)) {
    fail(model ? "Write what the pictures are to show." : "The server has not been reached yet.");
    $("text").focus();
    return;
  }
  const mine = run += 1;
  const places = clear(Number($("count").value));
  for (const [sample, place] of places.entries()) {
    try {
      const result = await generate({ ...body, sample });
      if (mine !== run) { URL.revokeObjectURL(result.url); return; }
      addresses.push(result.url);
      place.replaceChildren(tile(result, body.text || body.label || "noise", sample + 1));
      $("text-facts").textContent = `${result.width} × ${result.height} px · ${made(result)}`;
      say(`Picture ${sample + 1} is ready.`);
    } catch (error) {
      if (mine !== run) return;
      for (const left of places.slice(sample)) left.remove();
      fail(error.message);
      return;
    }
  }
});

function wishes(model) {
  const body = { model: model?.name, seed: Number($("text-seed").value) || 0, format: "png" };
  if (model?.takes === "text") body.text = $("text").value.trim();
  if (model?.takes === "class") body.label = $("label").value;
  if (Number($("truncation").value) < 20) body.truncation = Number($("truncation").value) / 10;
  return body;
}

// Empty places for so many pictures, in view.
function clear(count) {
  for (const url of addresses) URL.revokeObjectURL(url);
  addresses = [];
  const places = Array.from({ length: count }, () => make("li", {}, make("div", { class: "blank" })));
  $("gallery").replaceChildren(...places);
  $("gallery-empty").hidden = true;
  $("gallery").hidden = false;
  $("text-facts").textContent = "Computing …";
  places[0].scrollIntoView({ block: "nearest" });
  return places;
}

function fail(words) {
  $("text-facts").textContent = "";
  $("text-problem").textContent = words;
  $("text-problem").hidden = false;
}

function tile(result, title, number) {
  const name = `${title.replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 60)}-${number}.png`;
  const enlarge = () => { open("upscale"); add([new File([result.blob], name, { type: result.blob.type })]); };
  return make("figure", {},
    make("img", { src: result.url, alt: `${title}, number ${number}` }),
    make("div", { class: "group" },
      make("button", { type: "button", text: "Enlarge", "aria-label": `Enlarge number ${number}`, onclick: enlarge }),
      make("button", { type: "button", text: "Download", "aria-label": `Download number ${number}`, onclick: () => download(result.blob, name) })));
}
