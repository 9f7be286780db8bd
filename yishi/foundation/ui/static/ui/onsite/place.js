// Where the phone is, the place check, and the sketch (SVG) from the register's outlines.
import { el, far, metres, placed, say } from "./dom.js";

let last = null;
const FRESH = 60_000;

export const known = () => last;

// The position, asked from the device: { lon, lat, accuracy, at }.
export function position() {
  if (last && Date.now() - last.taken < FRESH) return Promise.resolve(last);
  return new Promise((resolve, reject) => {
    if (!navigator.geolocation) { reject(new Error(say("denied"))); return; }
    navigator.geolocation.getCurrentPosition(
      ({ coords, timestamp }) => {
        last = { lon: coords.longitude, lat: coords.latitude, accuracy: Math.round(coords.accuracy), at: new Date(timestamp).toISOString(), taken: Date.now() };
        resolve(last);
      },
      (problem) => reject(new Error(problem.code === 3 ? say("timeout") : problem.code === 1 ? say("denied") : problem.message)),
      { enableHighAccuracy: true, timeout: 20_000, maximumAge: 30_000 },
    );
  });
}

// Where one already allowed it, the position is taken without a question.
export async function allowed() {
  try {
    return (await navigator.permissions.query({ name: "geolocation" })).state === "granted";
  } catch {
    return false;
  }
}

export const sent = (found) => found && { lon: found.lon, lat: found.lat, accuracy: found.accuracy, at: found.at };

// "Check the place": tells the distance and gives it along; it can be dropped again.
export function placeCheck(item, given, changed) {
  const told = el("p", { class: "onsite-check", role: "status" });
  const drop = el("button", { type: "button", class: "btn btn-link onsite-big", hidden: true, click: () => { show(null); changed(null); } }, say("drop"));
  const check = el("button", { type: "button", class: "btn btn-outline-primary onsite-big", click: async () => {
    try {
      const found = sent(await position());
      show(found);
      changed(found);
    } catch (problem) {
      told.textContent = say("noPosition", { why: problem.message });
    }
  } }, say("check"));
  const show = (found) => {
    drop.hidden = !found;
    if (!found) told.textContent = "";
    else if (!placed(item)) told.textContent = say("noPoint");
    else told.textContent = say("checked", { distance: far(metres(found, item)), n: found.accuracy });
  };
  show(given);
  return el("div", { class: "field" }, el("p", { class: "field-hint" }, say("checkHint")), check, drop, told);
}

const SVG = "http://www.w3.org/2000/svg";
function svg(name, attributes, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const WIDE = 360;
const HIGH = 240;
const SCALES = [20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000];

// points: [{lon, lat, label, kind}]; around: metres to each side of a single point.
export function sketch(area, points, { around = 400, marks = true, label }) {
  const seen = points.filter(placed);
  if (!seen.length) return null;
  const lat = seen.reduce((sum, point) => sum + point.lat, 0) / seen.length;
  const squeeze = Math.cos((lat * Math.PI) / 180);
  const flat = (lon, high) => [lon * squeeze * 111_195, -high * 111_195];
  const at = seen.map((point) => flat(point.lon, point.lat));
  let [left, right] = [Math.min(...at.map(([x]) => x)), Math.max(...at.map(([x]) => x))];
  let [top, bottom] = [Math.min(...at.map(([, y]) => y)), Math.max(...at.map(([, y]) => y))];
  const half = Math.max((right - left) / 2 + around, ((bottom - top) / 2 + around) * (WIDE / HIGH));
  const [x0, y0] = [(left + right) / 2 - half, (top + bottom) / 2 - half * (HIGH / WIDE)];
  const unit = WIDE / (2 * half);
  const fit = ([x, y]) => [((x - x0) * unit).toFixed(1), ((y - y0) * unit).toFixed(1)];
  const drawn = svg("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, class: "onsite-sketch", role: "img", "aria-label": label });
  for (const outline of area?.outlines ?? []) {
    const path = pathOf(outline.shape, flat, fit);
    if (path) drawn.append(svg("path", { d: path, class: `sketch-${outline.kind}` }));
  }
  if (marks) drawMarks(drawn, area?.marks ?? [], flat, fit);
  for (const point of seen) drawPoint(drawn, point, fit(flat(point.lon, point.lat)));
  const scale = SCALES.filter((size) => size * unit <= WIDE / 3).pop() ?? SCALES[0];
  drawn.append(
    svg("path", { d: `M10 ${HIGH - 10}h${(scale * unit).toFixed(1)}`, class: "sketch-scale" }),
    text(far(scale), 10, HIGH - 15, "sketch-text"),
    text(`${say("north")} ↑`, WIDE - 30, 16, "sketch-text"),
  );
  return el("figure", { class: "onsite-figure" }, drawn, el("figcaption", { class: "muted" }, label));
}

function pathOf(shape, flat, fit) {
  const polygons = shape.type === "Polygon" ? [shape.coordinates] : shape.type === "MultiPolygon" ? shape.coordinates : [];
  return polygons.flat().map((ring) => `M${ring.map(([lon, lat]) => fit(flat(lon, lat)).join(" ")).join("L")}Z`).join("");
}

function drawMarks(drawn, marks, flat, fit) {
  const taken = [];
  for (const [, name, lon, lat] of marks) {
    const [x, y] = fit(flat(lon, lat)).map(Number);
    if (x < 0 || y < 20 || x > WIDE || y > HIGH || taken.length >= 12) continue;
    if (x < 150 && y > HIGH - 34) continue;  // where the scale stands
    if (taken.some(([a, b]) => Math.abs(a - x) < 90 && Math.abs(b - y) < 16)) continue;
    taken.push([x, y]);
    drawn.append(svg("circle", { cx: x, cy: y, r: 2.5, class: "sketch-mark" }));
    drawn.append(text(name.length > 10 ? `${name.slice(0, 9)}…` : name, x + 5, y + 4, "sketch-name"));
  }
}

function drawPoint(drawn, point, [x, y]) {
  if (point.kind === "me") drawn.append(svg("path", { d: `M${x} ${y - 8}l7 14l-7 -4l-7 4z`, class: "sketch-me" }));
  else drawn.append(svg("circle", { cx: x, cy: y, r: point.label ? 8 : 6, class: `sketch-case sketch-${point.kind ?? "green"}` }));
  if (point.label && point.kind !== "me") drawn.append(text(point.label, x, Number(y) + 4, "sketch-label"));
}

function text(words, x, y, kind) {
  const made = svg("text", { x, y, class: kind });
  made.textContent = words;
  return made;
}
