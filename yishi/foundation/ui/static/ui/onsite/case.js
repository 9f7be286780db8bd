// The list of work, and one case with all that helps on site.
import { button, el, far, light, metres, placed, say } from "./dom.js";
import { backButton, formOf, moveForm } from "./entry.js";
import { known, position, sketch } from "./place.js";
import { own } from "./queue.js";
import * as store from "./store.js";

export async function listView(app) {
  const { session } = app;
  const view = el("section", { "aria-labelledby": "onsite-heading" }, el("h2", { id: "onsite-heading", class: "visually-hidden", tabindex: "-1" }, app.title));
  const here = known();
  const items = sorted(session?.items ?? [], here);
  const entries = own(await store.entries(), app.account);
  view.append(sortButton(app, here, items));
  if (!items.length) view.append(session ? el("p", { class: "muted" }, say("none")) : "");
  const list = el("ul", { class: "onsite-list" });
  items.forEach((item, place) => list.append(card(item, place, here, entries, app)));
  view.append(list);
  if (session?.more) view.append(el("p", { class: "muted" }, say("more", { n: items.length })));
  const area = await store.area();
  const points = items.map((item, place) => ({ lon: item.lon, lat: item.lat, label: String(place + 1), kind: tone(item) }));
  const drawn = sketch(area, here ? [...points, { ...here, kind: "me" }] : points, { marks: false, label: say("sketch") });
  if (drawn) view.append(drawn);
  return view;
}

function sortButton(app, here, items) {
  if (!items.some(placed)) return "";
  if (here) return el("p", { class: "muted", role: "status" }, say("sorted", { n: here.accuracy }));
  const told = el("p", { class: "muted", role: "status" });
  return el("div", {}, button(say("sort"), async () => {
    try {
      await position();
      app.draw();
    } catch (problem) {
      told.textContent = say("noPosition", { why: problem.message });
    }
  }), told);
}

// Nearest first where the position is known, what has no point last; else as the server says: due first.
function sorted(items, here) {
  if (!here) return items;
  const distance = (item) => (placed(item) ? metres(here, item) : Infinity);
  return [...items].sort((a, b) => distance(a) - distance(b));
}

function tone(item, now = Date.now()) {
  if (!item.due || now < Date.parse(item.warn ?? item.due)) return "green";
  return now < Date.parse(item.due) ? "yellow" : "red";
}

function card(item, place, here, entries, app) {
  const waiting = entries.filter((entry) => entry.number === item.number && entry.state !== "sent");
  return el("li", { class: "onsite-card", "data-number": item.number },
    el("p", { class: "onsite-head" }, el("span", { class: "onsite-duty" }, `${place + 1} ${item.duty_label}`), " ", light(item),
      here && placed(item) && el("span", { class: "onsite-far" }, ` ${far(metres(here, item))}`)),
    el("h3", { class: "onsite-subject" }, item.subject),
    el("p", { class: "muted" }, `${item.number} · ${item.state_label}`),
    ...waiting.map((entry) => el("p", { class: "because" }, say("waitingHere", { what: entry.label }))),
    el("div", { class: "actions" }, ...item.moves.map((move, at) => button(formOf(app, item, move).label,
      () => app.go(`#form/${item.number}/${move}`), at ? "btn-outline-primary" : "btn-primary", { "aria-label": `${formOf(app, item, move).label} ${item.number}` })),
    item.moves.length ? null : button(say("open"), () => app.go(`#form/${item.number}/`), "btn-outline-primary", { "aria-label": `${say("open")} ${item.number}` })),
    ...item.blocked.map(([move, why]) => el("p", { class: "muted" }, say("cannot", { move, why }))));
}

export async function caseView(app, number, move) {
  const item = app.session?.items.find((one) => one.number === number && (!move || one.moves.includes(move)))
    ?? app.session?.items.find((one) => one.number === number);
  const label = move && formOf(app, item, move)?.label;
  if (!item) return el("section", {}, backButton(app), el("p", {}, say("noMoves")));
  const here = known();
  const offered = label && (item.moves.includes(move) || (await store.draft(store.draftKey(app.account, number, move)))?.replaces);
  const points = [{ lon: item.lon, lat: item.lat, kind: tone(item) }, ...(here && placed(item) && metres(here, item) < 2000 ? [{ ...here, kind: "me" }] : [])];
  return el("section", { "aria-labelledby": "onsite-heading" }, backButton(app),
    el("h2", { id: "onsite-heading", tabindex: "-1" }, label ? `${label} · ${item.subject}` : item.subject),
    el("p", { class: "onsite-head" }, el("span", { class: "onsite-duty" }, item.duty_label), " ", light(item)),
    facts(item, app.more),
    sketch(await store.area(), points, { label: say("sketchCase") }),
    ...item.blocked.map(([name, why]) => el("p", { class: "because" }, say("cannot", { move: name, why }))),
    offered ? await moveForm(app, item, move) : el("p", {}, say("noMoves")),
    el("p", {}, el("a", { href: item.url, class: "onsite-link" }, say("open"))));
}

function facts(item, more) {
  const rows = [[say("where"), item.where], ...(more.facts?.(item) ?? [])];
  const list = el("dl", { class: "facts" }, rows.filter(([, value]) => value).map(([name, value, hint]) =>
    el("div", { class: "fact" }, el("dt", {}, name), el("dd", {}, value, hint && el("span", { class: "fact-hint" }, hint)))));
  const below = more.below?.(item) ?? [];
  return below.length ? el("div", {}, list, ...below) : list;
}
