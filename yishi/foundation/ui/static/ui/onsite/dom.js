// Elements, texts, times and distances.

const setup = JSON.parse(document.getElementById("onsite-setup").textContent);
export const urls = setup.urls;
// Under which name this page keeps what it keeps; "" for the first one there was.
export const kept = setup.kept ?? "";

export function say(name, values = {}) {
  return setup.texts[name].replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

// el("p", { class: "muted" }, "text", other): attributes as in HTML; functions are listeners.
export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") made.addEventListener(key, value);
    else if (key === "value") made.value = value;
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child || child === 0));
  return made;
}

export function button(label, click, look = "btn-outline-primary", more = {}) {
  return el("button", { type: "button", class: `btn ${look} onsite-big`, click, ...more }, label);
}

let ids = 0;
export const fresh = (name) => `${name}-${++ids}`;

const clock = new Intl.DateTimeFormat(document.documentElement.lang === "en" ? "en-GB" : "zh-CN", {
  timeZone: "Asia/Shanghai", month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false,
});
export const time = (text) => (text ? clock.format(new Date(text)) : "");

function span(milliseconds) {
  const minutes = Math.floor(Math.abs(milliseconds) / 60000);
  if (minutes >= 48 * 60) return say("days", { n: Math.floor(minutes / 1440) });
  if (minutes >= 60) return say("hours", { n: Math.floor(minutes / 60) });
  return say("minutes", { n: minutes });
}

// The due light as the site draws it: red from the deadline on, yellow from the warning on.
export function light(item, now = Date.now()) {
  if (!item.due) return lamp("none", say("noLimit"), "");
  const due = Date.parse(item.due);
  const text = say("dueAt", { at: time(item.due) });
  if (now >= due) return lamp("red", say("late", { time: span(now - due) }), text);
  const level = now >= Date.parse(item.warn ?? item.due) ? "yellow" : "green";
  return lamp(level, say("left", { time: span(due - now) }), text);
}

function lamp(level, text, due) {
  return el("span", { class: `y-light y-light-${level}` },
    el("span", { class: "y-light-text" }, text), due && el("span", { class: "y-light-due" }, due));
}

const EARTH = 6371008.8;
const radians = (degrees) => (degrees * Math.PI) / 180;

// Metres between two points in degrees (great circle).
export function metres(a, b) {
  const wide = Math.sin(radians(b.lon - a.lon) / 2);
  const high = Math.sin(radians(b.lat - a.lat) / 2);
  const part = high * high + Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * wide * wide;
  return 2 * EARTH * Math.asin(Math.min(1, Math.sqrt(part)));
}

export function far(distance) {
  if (distance < 995) return say("metres", { n: Math.round(distance) });
  return say("kilometres", { n: (distance / 1000).toFixed(1) });
}

export const placed = (item) => Number.isFinite(item?.lon) && Number.isFinite(item?.lat);
