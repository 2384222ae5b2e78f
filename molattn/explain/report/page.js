
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("scene-data").textContent);
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const layers = {};
  const stage = document.getElementById("viewer");
  let chosen = data.best;
  let viewer = null, pocket = null, ligand = null, start = null;

  // --- choosing a view

  function show(name) {
    chosen = name;
    for (const panel of all("[data-view]")) panel.hidden = panel.dataset.view !== name;
    for (const line of all("[data-curve]"))
      line.classList.toggle("chosen", line.dataset.curve === name);
    paint();
    document.documentElement.dataset.chosen = name;
  }

  // --- sorting a table

  function sortable(table) {
    const heads = all("thead th", table);
    const body = table.tBodies[0];
    heads.forEach((head, place) => {
      head.querySelector("button").addEventListener("click", () => {
        const numbers = all(`tr > :nth-child(${place + 1})`, body).some(
          (cell) => cell.dataset.value !== undefined);
        const before = head.getAttribute("aria-sort");
        const falling = before === "none" ? numbers : before === "ascending";
        for (const other of heads) other.setAttribute("aria-sort", "none");
        head.setAttribute("aria-sort", falling ? "descending" : "ascending");
        const sign = falling ? -1 : 1;
        const rows = Array.from(body.rows).map((row) => {
          const cell = row.cells[place];
          const given = cell.dataset.value;
          return [row, numbers ? (given === undefined ? null : Number(given)) : cell.textContent];
        });
        rows.sort(([, one], [, other]) => {
          if (one === null || other === null) return (one === null) - (other === null);
          if (numbers) return sign * (one - other);
          if (!one || !other) return !one - !other;
          return sign * one.localeCompare(other, "en", { numeric: true });
        });
        for (const [row] of rows) body.append(row);
      });
    });
  }

  // --- colours

  function rgb(text) {
    const number = parseInt(text.trim().slice(1), 16);
    return [number >> 16, (number >> 8) & 255, number & 255];
  }

  function palette() {
    const style = getComputedStyle(document.documentElement);
    const names = ["paper", "ink", "rest", "share", "raise", "lower"];
    return Object.fromEntries(names.map((name) => [name, style.getPropertyValue("--" + name)]));
  }

  function mixed(from, to, part) {
    const [one, other] = [rgb(from), rgb(to)];
    const parts = one.map((value, place) => Math.round(value + part * (other[place] - value)));
    return "#" + parts.map((value) => value.toString(16).padStart(2, "0")).join("");
  }

  const hueOf = (view, value) => (view.unit === "share" ? "share" : value < 0 ? "lower" : "raise");
  const largest = (values) => Math.max(1e-12, ...values.map(Math.abs));

  function figure(view, value, digits) {
    if (view.unit === "share") return (100 * value).toFixed(Math.max(0, digits - 1)) + " %";
    const text = Math.abs(value).toFixed(digits);
    return Number(text) === 0 ? text : (value < 0 ? "−" : "+") + text;
  }

  // --- the view in space

  // what draws: "" for nothing, else its name as far as it gives one
  function drawing() {
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("webgl2") || canvas.getContext("webgl");
    if (!context) return "";
    const known = context.getExtension("WEBGL_debug_renderer_info");
    const name = known ? String(context.getParameter(known.UNMASKED_RENDERER_WEBGL)) : "";
    const lose = context.getExtension("WEBGL_lose_context");
    if (lose) lose.loseContext();
    return name || "unknown";
  }

  function begin() {
    if (!stage || !data.pdb || typeof $3Dmol === "undefined") return false;
    const drawer = drawing();
    if (!drawer) return false;
    stage.classList.add("on");
    document.getElementById("no-viewer").hidden = true;
    // smooth edges cost a processor that draws in place of a graphics card ten times as long
    const antialias = !/swiftshader|llvmpipe|software|basic render/i.test(drawer);
    viewer = $3Dmol.createViewer(stage, { backgroundColor: palette().paper, antialias });
    if (!viewer) {
      stage.classList.remove("on");
      document.getElementById("no-viewer").hidden = false;
      return false;
    }
    // mercury passes for hydrogen in the eyes of the reader, which would drop it
    pocket = viewer.addModel(data.pdb, "pdb", { noSecondaryStructure: true, keepH: true });
    ligand = viewer.addModel(data.mol, "sdf", { keepH: true });
    // an ion is a sphere of its own, not a member of a molecule
    const alone = new Set(rowsOf(data.metals));
    for (const atom of pocket.selectedAtoms({})) {
      const keep = atom.bonds.map((other) => !alone.has(atom.index) && !alone.has(other));
      atom.bonds = atom.bonds.filter((_, row) => keep[row]);
      atom.bondOrder = atom.bondOrder.filter((_, row) => keep[row]);
    }
    const drawn = document.querySelector("#viewer canvas");
    drawn.setAttribute("aria-hidden", "true");
    hovering();
    viewer.zoomTo({ model: ligand });
    if (data.turn) {
      const view = viewer.getView();
      viewer.setView([...view.slice(0, 4), ...data.turn]);
    }
    viewer.zoom(data.zoom);
    start = viewer.getView();
    return true;
  }

  // indices in the viewer of atoms of the pocket
  function rowsOf(places) {
    const wanted = new Set(places.map((place) => place + 1));
    return pocket.selectedAtoms({}).filter((atom) => wanted.has(atom.serial))
      .map((atom) => atom.index);
  }

  const rowOf = (atom) => (atom.model === pocket.getID() ? data.row[atom.serial - 1] : -1);

  function hovering() {
    let label = null;
    viewer.setHoverable({}, true, (atom) => {
      const view = data.views[chosen];
      const own = atom.model === ligand.getID();
      const row = own ? atom.index : rowOf(atom);
      let text = `${atom.resn || ""}${atom.resi || ""} ${atom.atom}`;
      if (own) text = `${data.atoms[row]}: ${figure(view, view.atoms[row], 3)}`;
      else if (row >= 0)
        text = `${data.labels[row]}, ${data.closest[row].toFixed(1)} Å: ` +
          figure(view, view.residues[row], 3);
      label = viewer.addLabel(text, {
        position: { x: atom.x, y: atom.y, z: atom.z }, fontSize: 13, inFront: true,
        backgroundColor: "#000000", backgroundOpacity: 0.8, fontColor: "#ffffff" });
    }, () => {
      if (label) viewer.removeLabel(label);
      label = null;
    });
  }

  function paint(colours = palette()) {
    if (!viewer) return;
    const view = data.views[chosen];
    viewer.setBackgroundColor(colours.paper);
    viewer.removeAllShapes();
    viewer.removeAllLabels();
    paintPocket(view, colours);
    paintLigand(view, colours);
    if (layers.contacts)
      view.lines.forEach((line, place) => drawLine(line, colours, view, place < 6));
    if (layers.rules) for (const line of data.rules) drawLine(line, colours, null, true);
    if (layers.names) nameResidues(view, colours);
    viewer.render();
  }

  function paintPocket(view, colours) {
    const model = pocket.getID();
    const top = largest(view.residues);
    const faint = layers.rest ? { line: { color: colours.rest, linewidth: 1 } } : {};
    viewer.setStyle({ model }, faint);
    const members = new Map();
    for (const atom of pocket.selectedAtoms({})) {
      const row = data.row[atom.serial - 1];
      if (row < 0) continue;
      if (!members.has(row)) members.set(row, []);
      members.get(row).push(atom.index);
    }
    for (const [row, index] of members) {
      const value = view.residues[row];
      const strength = Math.abs(value) / top;
      if (strength < 0.06) continue;
      const color = mixed(colours.rest, colours[hueOf(view, value)], strength ** 0.6);
      const stick = { color, radius: 0.07 + 0.2 * Math.sqrt(strength) };
      viewer.setStyle({ model, index }, { stick });
      if (layers.elements)
        viewer.setStyle({ model, index, elem: ["N", "O", "S", "P"] },
          { stick: { colorscheme: "Jmol", radius: stick.radius } });
    }
    const ball = (place, radius) => {
      const row = data.row[place];
      const value = row < 0 ? 0 : view.residues[row];
      const part = (Math.abs(value) / top) ** 0.6;
      const color = mixed(colours.rest, colours[hueOf(view, value)], part);
      viewer.setStyle({ model, index: rowsOf([place]) }, { sphere: { color, radius } });
    };
    for (const ion of data.metals) ball(ion, 0.8);
    if (layers.rest) for (const water of data.waters) ball(water, 0.4);
  }

  function paintLigand(view, colours) {
    const model = ligand.getID();
    const carbon = mixed(colours.ink, colours.paper, 0.25);
    viewer.setStyle({ model }, { stick: { colorscheme: "Jmol", radius: 0.16 } });
    viewer.setStyle({ model, elem: "C" }, { stick: { color: carbon, radius: 0.16 } });
    const top = largest(view.atoms);
    for (const atom of ligand.selectedAtoms({})) {
      const value = view.atoms[atom.index];
      const strength = Math.abs(value) / top;
      if (strength < 0.06) continue;
      viewer.addSphere({
        center: { x: atom.x, y: atom.y, z: atom.z }, radius: 0.3 + 0.5 * Math.sqrt(strength),
        color: colours[hueOf(view, value)], opacity: 0.6 * strength ** 0.6 });
    }
  }

  const point = ([x, y, z]) => ({ x, y, z });

  function drawLine(line, colours, view, named) {
    const [begin, end] = line.ends.map(point);
    const color = view ? colours[hueOf(view, line.value)] : colours.ink;
    viewer.addCylinder({
      start: begin, end, radius: view ? 0.06 : 0.04, dashed: true, dashLength: 0.25,
      gapLength: 0.18, fromCap: 1, toCap: 1, color });
    if (!named) return;
    const part = view ? 0.5 : 0.6;
    const middle = {
      x: begin.x + part * (end.x - begin.x), y: begin.y + part * (end.y - begin.y),
      z: begin.z + part * (end.z - begin.z) };
    addText(line.text, middle, colours, 11);
  }

  function nameResidues(view, colours) {
    const order = view.residues.map((value, row) => [Math.abs(value), row]);
    order.sort(([one], [other]) => other - one);
    const named = order.slice(0, 7).filter(([value]) => value > 0).map(([, row]) => row);
    for (const ion of data.metals)
      if (data.row[ion] >= 0 && !named.includes(data.row[ion])) named.push(data.row[ion]);
    for (const row of named) {
      if (!data.anchors[row]) continue;
      const text = `${data.labels[row]} ${figure(view, view.residues[row], 2)}`;
      addText(text, point(data.anchors[row]), colours, 13);
    }
  }

  function addText(text, position, colours, fontSize) {
    viewer.addLabel(text, {
      position, fontSize, fontColor: colours.ink, backgroundColor: colours.paper,
      backgroundOpacity: 0.72, inFront: true, alignment: "center", borderThickness: 0 });
  }

  // --- turning with keys and buttons

  const TURNS = {
    left: () => viewer.rotate(-15, "y"), right: () => viewer.rotate(15, "y"),
    up: () => viewer.rotate(-15, "x"), down: () => viewer.rotate(15, "x"),
    in: () => viewer.zoom(1.2), out: () => viewer.zoom(1 / 1.2),
    reset: () => viewer.setView(start) };
  const KEYS = {
    ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down", "+": "in",
    "=": "in", "-": "out", 0: "reset" };

  function turn(name) {
    TURNS[name]();
    viewer.render();
  }

  function controls() {
    for (const button of all("[data-turn]"))
      button.addEventListener("click", () => turn(button.dataset.turn));
    stage.addEventListener("keydown", (event) => {
      const name = KEYS[event.key];
      if (!name || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      turn(name);
    });
    // the page scrolls past the viewer until one clicks into it
    stage.addEventListener("wheel", (event) => {
      if (document.activeElement !== stage) event.stopPropagation();
    }, { capture: true, passive: true });
    stage.addEventListener("mousedown", () => stage.focus({ preventScroll: true }), true);
  }

  function printing() {
    window.addEventListener("beforeprint", () => {
      paint(data.paper); // paper is white whatever the screen is
      const picture = document.createElement("img");
      picture.alt = "Ligand and pocket in space";
      picture.src = viewer.pngURI();
      stage.append(picture);
      stage.classList.add("printed");
    });
    window.addEventListener("afterprint", () => {
      for (const picture of all("img", stage)) picture.remove();
      stage.classList.remove("printed");
      paint();
    });
  }

  for (const box of all("[data-layer]")) {
    layers[box.dataset.layer] = box.checked;
    box.addEventListener("change", () => {
      layers[box.dataset.layer] = box.checked;
      paint();
    });
  }
  for (const button of all("[data-switch]"))
    button.addEventListener("change", () => show(button.value));
  for (const table of all("table.sortable")) sortable(table);
  let drawn = false;
  try {
    drawn = begin();
  } catch (error) {
    console.error(error); // the rest of the page works without the viewer
    viewer = null;
    stage.classList.remove("on");
    document.getElementById("no-viewer").hidden = false;
  }
  if (drawn) {
    controls();
    printing();
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => paint());
  }
  const checked = document.querySelector("[data-switch]:checked");
  show(checked ? checked.value : chosen);
  window.molattnReady = drawn ? "space" : "text";
})();
