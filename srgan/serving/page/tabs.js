// The tabs, and the dark or light look.
import { $ } from "./dom.js";

const root = document.documentElement;
const tabs = [...document.querySelectorAll("[role=tab]")];
let current = "upscale";

export const openTab = () => current;

export function open(name) {
  current = name;
  for (const tab of tabs) {
    const chosen = tab.id === `tab-${name}`;
    tab.setAttribute("aria-selected", chosen);
    tab.tabIndex = chosen ? 0 : -1;
    $(tab.getAttribute("aria-controls")).hidden = !chosen;
  }
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
