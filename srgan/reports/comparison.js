"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("data").textContent);
  const viewer = byId("viewer"), panes = byId("panes");
  const low = data.columns[0];
  const shown = data.columns.slice(1);
  const most = 64; // screen pixels of one pixel

  // What is looked at: the place (x, y) of the picture, in its pixels, stands in the middle of every view.
  const state = { picture: 0, mode: "side", zoom: 1, x: 0, y: 0, split: 0.5, whole: true };
  let views = [];

  const make = (tag, name, parent) => {
    const element = document.createElement(tag);
    if (name) element.className = name;
    if (parent) parent.append(element);
    return element;
  };
  const fill = (select, names, chosen) => {
    for (const name of names) {
      const option = make("option", "", select);
      option.value = option.textContent = name;
    }
    select.value = chosen;
  };
  const current = () => data.pictures[state.picture];
  const image = (column, layer) => {
    const place = data.columns.indexOf(column), img = make("img", column === low ? "low" : "", layer);
    [img.width, img.height] = current().size;
    img.style.width = `${img.width}px`;
    img.style.height = `${img.height}px`;
    img.alt = `${current().name}: ${column}`;
    img.decoding = "async";
    img.draggable = false;
    img.src = current().sources[place];
    return img;
  };
  const pane = (column, scores = true) => {
    const figure = make("figure", "pane", panes), view = make("div", "view", figure);
    const caption = make("figcaption", "", figure), name = make("b", "", caption);
    name.textContent = column;
    if (scores) caption.append(current().scores[data.columns.indexOf(column)]?.join(" \u00b7 ") ?? "");
    listen(view);
    views.push(view);
    return view;
  };

  const build = () => {
    views = [];
    panes.replaceChildren();
    viewer.dataset.shows = state.mode;
    if (state.mode === "slider") slider();
    else for (const column of state.mode === "side" ? data.columns : shown) {
      if (state.mode === "difference" && column === byId("against").value) continue;
      const view = pane(column), layer = make("div", "layer", view);
      if (state.mode === "difference") {
        layer.classList.add("heat");
        image(byId("against").value, layer);
      }
      image(column, layer);
    }
    const columns = views.length < 4 ? views.length : views.length === 4 ? 2 : 3;
    panes.style.gridTemplateColumns = window.innerWidth < 640 ? "1fr" : `repeat(${columns}, minmax(0, 1fr))`;
    const rows = Math.ceil(views.length / columns);
    const height = Math.max(180, Math.min(rows > 1 ? 460 : 760, (window.innerHeight - 130) / rows - 60));
    for (const view of views) view.style.height = `${height}px`;
    for (const button of byId("modes").children) {
      button.setAttribute("aria-pressed", String(button.dataset.mode === state.mode));
    }
    byId("picture").selectedIndex = state.picture;
    if (state.whole) fit(); else render();
  };

  const slider = () => {
    const [left, right] = [byId("left").value, byId("right").value];
    const view = pane(`${left} | ${right}`, false);
    image(right, make("div", "layer", view));
    const upper = make("div", "layer upper", view);
    image(left, upper);
    make("span", "tag first", view).textContent = left;
    make("span", "tag second", view).textContent = right;
    const divider = make("button", "divider", view);
    divider.type = "button";
    divider.setAttribute("role", "slider");
    divider.setAttribute("aria-label", "boundary between both");
    const move = (share) => { state.split = Math.min(1, Math.max(0, share)); render(); };
    divider.addEventListener("pointerdown", (event) => {
      event.stopPropagation();
      divider.setPointerCapture(event.pointerId);
    });
    divider.addEventListener("pointermove", (event) => {
      if (!divider.hasPointerCapture(event.pointerId)) return;
      const box = view.getBoundingClientRect();
      move((event.clientX - box.left) / box.width);
    });
    divider.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -0.02, ArrowRight: 0.02 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      move(state.split + step);
    });
  };

  const render = () => {
    const [width, height] = current().size;
    state.x = Math.min(width, Math.max(0, state.x));
    state.y = Math.min(height, Math.max(0, state.y));
    for (const view of views) {
      const left = Math.round(view.clientWidth / 2 - state.x * state.zoom);
      const top = Math.round(view.clientHeight / 2 - state.y * state.zoom);
      for (const img of view.querySelectorAll("img")) {
        img.style.transform = `translate(${left}px, ${top}px) scale(${state.zoom})`;
      }
      const heat = view.querySelector(".heat");
      if (heat) {
        // Screen pixels that the pictures cover in part would seem to be differences.
        const right = view.clientWidth - Math.floor(left + width * state.zoom);
        const bottom = view.clientHeight - Math.floor(top + height * state.zoom);
        heat.style.clipPath = `inset(${top}px ${right}px ${bottom}px ${left}px)`;
      }
      const divider = view.querySelector(".divider");
      if (divider) {
        const percent = 100 * state.split;
        divider.style.left = `${percent}%`;
        divider.setAttribute("aria-valuenow", percent.toFixed(0));
        view.querySelector(".upper").style.clipPath = `inset(0 ${100 - percent}% 0 0)`;
      }
    }
    byId("zoom").textContent = `${state.zoom >= 1 ? +state.zoom.toFixed(1) : state.zoom.toFixed(2)}\u00d7`;
    const gain = +byId("gain").value, row = `${gain / 3} ${gain / 3} ${gain / 3} 0 0`;
    byId("amplify").setAttribute("values", `${row} ${row} ${row} 0 0 0 1 0`);
    byId("most").textContent = String(Math.round(255 / gain));
  };

  const fit = () => {
    const [width, height] = current().size, view = views[0];
    state.zoom = Math.min(view.clientWidth / width, view.clientHeight / height);
    [state.x, state.y, state.whole] = [width / 2, height / 2, true];
    render();
  };
  // The point under the pointer, which lies (dx, dy) from the middle of its view, stays where it is.
  const zoomTo = (zoom, dx = 0, dy = 0) => {
    const before = state.zoom;
    state.zoom = Math.min(most, Math.max(0.05, zoom));
    state.x += dx / before - dx / state.zoom;
    state.y += dy / before - dy / state.zoom;
    state.whole = false;
    render();
  };
  const pan = (dx, dy) => {
    state.x -= dx / state.zoom;
    state.y -= dy / state.zoom;
    state.whole = false;
    render();
  };
  const offset = (view, event) => {
    const box = view.getBoundingClientRect();
    return [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2];
  };

  const listen = (view) => {
    const pointers = new Map();
    view.addEventListener("pointerdown", (event) => {
      pointers.set(event.pointerId, offset(view, event));
      view.setPointerCapture(event.pointerId);
      view.classList.add("dragging");
    });
    view.addEventListener("pointermove", (event) => {
      const before = pointers.get(event.pointerId);
      if (!before) return;
      const now = offset(view, event);
      const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
      pointers.set(event.pointerId, now);
      if (!other) return pan(now[0] - before[0], now[1] - before[1]);
      const length = (point) => Math.hypot(point[0] - other[0], point[1] - other[1]);
      zoomTo(state.zoom * length(now) / Math.max(1, length(before)), other[0], other[1]);
    });
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
      view.addEventListener(end, (event) => {
        pointers.delete(event.pointerId);
        if (!pointers.size) view.classList.remove("dragging");
      });
    }
    view.addEventListener("wheel", (event) => {
      event.preventDefault();
      zoomTo(state.zoom * Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), ...offset(view, event));
    }, { passive: false });
    view.addEventListener("dblclick", (event) => {
      if (state.whole) zoomTo(Math.max(4, state.zoom * 4), ...offset(view, event)); else fit();
    });
  };

  const choose = (number) => {
    state.picture = (number + data.pictures.length) % data.pictures.length;
    state.whole = true;
    build();
  };
  const mode = (name) => {
    state.mode = name;
    build();
  };

  fill(byId("picture"), data.pictures.map((picture) => picture.name), current().name);
  fill(byId("left"), data.columns, data.columns[1]);
  fill(byId("right"), data.columns, data.columns[Math.min(2, data.columns.length - 1)]);
  fill(byId("against"), shown, shown[shown.length - 1]);
  byId("picture").addEventListener("change", (event) => choose(event.target.selectedIndex));
  byId("previous").addEventListener("click", () => choose(state.picture - 1));
  byId("next").addEventListener("click", () => choose(state.picture + 1));
  byId("in").addEventListener("click", () => zoomTo(state.zoom * 1.5));
  byId("out").addEventListener("click", () => zoomTo(state.zoom / 1.5));
  byId("fit").addEventListener("click", fit);
  byId("actual").addEventListener("click", () => zoomTo(1));
  byId("gain").addEventListener("input", render);
  for (const id of ["left", "right", "against"]) byId(id).addEventListener("change", build);
  byId("pixels").addEventListener("change", (event) => viewer.classList.toggle("pixels", event.target.checked));
  for (const button of byId("modes").children) button.addEventListener("click", () => mode(button.dataset.mode));
  for (const button of document.querySelectorAll(".go")) {
    button.addEventListener("click", () => {
      const [left, top, width, height] = button.dataset.crop.split(" ").map(Number);
      choose(+button.dataset.picture);
      const view = views[0];
      state.zoom = Math.min(most, 0.9 * Math.min(view.clientWidth / width, view.clientHeight / height));
      [state.x, state.y, state.whole] = [left + width / 2, top + height / 2, false];
      render();
      viewer.scrollIntoView({ block: "start" });
      panes.focus({ preventScroll: true });
    });
  }
  panes.addEventListener("keydown", (event) => {
    const keys = {
      ArrowLeft: () => pan(40, 0), ArrowRight: () => pan(-40, 0), ArrowUp: () => pan(0, 40), ArrowDown: () => pan(0, -40),
      "+": () => zoomTo(state.zoom * 1.5), "=": () => zoomTo(state.zoom * 1.5), "-": () => zoomTo(state.zoom / 1.5),
      "0": fit, "1": () => zoomTo(1), PageDown: () => choose(state.picture + 1), PageUp: () => choose(state.picture - 1),
    };
    if (!(event.key in keys) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  });
  window.addEventListener("resize", build);
  viewer.classList.remove("sleeping");
  viewer.classList.add("pixels");
  build();
})();
