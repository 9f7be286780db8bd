// A new event from the same page: place by position or landmark, type from the kept list, photos.
import { button, el, fresh, say } from "../../ui/onsite/dom.js";
import { backButton, choiceField, fault, keeper, textField } from "../../ui/onsite/entry.js";
import { photoField } from "../../ui/onsite/photos.js";
import { position, sent } from "../../ui/onsite/place.js";
import { newKey } from "../../ui/onsite/queue.js";
import * as store from "../../ui/onsite/store.js";

const SHOWN = 8;

export async function reportView(app, kind) {
  const key = store.draftKey(app.account, "", kind);
  const state = { facts: {}, photos: {}, place: null, form: {}, ...((await store.draft(key)) ?? {}) };
  const keep = keeper(key, state);
  const [types, area] = await Promise.all([store.register("types"), store.area()]);
  const set = (name) => (value) => { if (value) state.facts[name] = value; else delete state.facts[name]; keep(); };
  const errors = el("div", { role: "alert" });
  const settle = kind === "settle";
  const photos = (name, label) => photoField(label, state.photos[name] ?? [], (list) => { state.photos[name] = list; keep(true); }, { required: settle });
  const form = el("form", { class: "onsite-form", novalidate: true, submit: async (event) => {
    event.preventDefault();
    const wrong = lacks(state, settle);
    if (wrong) fault(errors, wrong);
    else await app.enqueue(entryOf(state, kind), key, errors, keep);
  } },
    placeField(state, area, keep),
    textField(say("address"), state.facts.address, set("address"), { line: true }),
    typeField(state, types, keep, settle),
    textField(say("description"), state.facts.description, set("description")),
    ...(settle
      ? [photos("photos_before", say("before")), photos("photos", say("after")), textField(say("note"), state.facts.note, set("note"))]
      : [photos("photos", say("photos"))]),
    errors,
    el("div", { class: "actions" }, el("button", { type: "submit", class: "btn btn-primary onsite-big onsite-send" }, say(settle ? "saveSettle" : "saveReport"))));
  return el("section", { "aria-labelledby": "onsite-heading" }, backButton(app),
    el("h2", { id: "onsite-heading", tabindex: "-1" }, say(kind)), settle && el("p", { class: "muted" }, say("settleHint")), form);
}

function lacks(state, settle) {
  const { facts, photos } = state;
  if (facts.landmark === undefined && facts.lon === undefined) return say("needPlace");
  if (settle && !facts.type) return say("needType");
  if (!facts.type && !facts.description?.trim()) return say("needWhat");
  return settle && !(photos.photos_before?.length && photos.photos?.length) ? say("needBoth") : "";
}

function entryOf(state, kind) {
  const { facts, photos, place, form } = state;
  const where = [form.landmark, facts.address].filter(Boolean).join(" ");
  const lines = [[say("where"), where], [say("type"), form.type], [say("description"), facts.description], [say("note"), facts.note]];
  return {
    key: state.key ?? newKey(), kind, number: "", move: "", label: say(kind), subject: form.type || facts.description?.slice(0, 30) || "",
    replaces: state.replaces, version: null, facts, photos, place, form, lines: lines.filter(([, value]) => value),
  };
}

function placeField(state, area, keep) {
  const { facts, form } = state;
  const told = el("p", { class: "onsite-check", role: "status" }, facts.lon !== undefined ? say("hereDone", { n: state.place?.accuracy ?? "" }) : "");
  const drawn = el("div");
  const here = button(say("here"), async () => {
    try {
      const found = await position();
      Object.assign(facts, { lon: found.lon, lat: found.lat });
      delete facts.landmark;
      delete form.landmark;
      state.place = sent(found);
      told.textContent = say("hereDone", { n: found.accuracy });
      keep(true);
      draw();
    } catch (problem) {
      told.textContent = say("noPosition", { why: problem.message });
    }
  });
  const choose = ([id, name]) => {
    Object.assign(facts, { landmark: id });
    delete facts.lon;
    delete facts.lat;
    form.landmark = name;
    told.textContent = "";
    keep(true);
    draw();
  };
  const draw = () => drawn.replaceChildren(finder(say("landmark"), say("landmarkFind"), form.landmark, (words) =>
    (area?.marks ?? []).filter(([, name, , , label]) => words.every((word) => `${name} ${label}`.includes(word)))
      .map((mark) => ({ text: mark[1], note: mark[4], value: mark })), choose, () => { delete facts.landmark; delete form.landmark; keep(true); draw(); }));
  draw();
  return el("div", { class: "field" }, here, told, drawn);
}

function typeField(state, types, keep, settle) {
  const { facts, form } = state;
  const drawn = el("div");
  const all = (types?.types ?? []).filter((kind) => !settle || kind[3]);
  const draw = () => {
    const chosen = all.find(([key]) => key === facts.type);
    drawn.replaceChildren(finder(say("typeFind"), say("typeHint"), chosen?.[1], (words) => ranked(all, words)
      .map((kind) => ({ text: kind[1], note: [types.mains[kind[2]], kind[3] && say("settlesMark")].filter(Boolean).join(" · "), value: kind })),
    (kind) => { facts.type = kind[0]; form.type = kind[1]; facts.standard = kind[5].length === 1 ? kind[5][0][0] : undefined; if (!facts.standard) delete facts.standard; keep(true); draw(); },
    () => { delete facts.type; delete facts.standard; delete form.type; keep(true); draw(); }));
    if (chosen && chosen[5].length > 1) {
      drawn.append(choiceField(say("standard"), chosen[5].map(([code, filing, limit]) => [code, `${filing}（${limit}）`]), facts.standard,
        (code) => { facts.standard = code; keep(true); }, { required: settle }));
    }
    if (!types) drawn.append(el("p", { class: "field-hint" }, say("typeMissing")));
  };
  draw();
  return drawn;
}

// Names that begin with what was typed, then names that hold it, then other words.
function ranked(all, words) {
  const rank = ([, name, , , more]) => Math.max(...words.map((word) => (name.startsWith(word) ? 0 : name.includes(word) ? 1 : more.includes(word) ? 2 : 9)));
  return all.map((kind) => [rank(kind), kind]).filter(([at]) => at < 9).sort(([a], [b]) => a - b).map(([, kind]) => kind);
}

// Find by typing; once chosen, the choice stands with a way to change it.
function finder(label, hint, chosen, find, choose, clear) {
  if (chosen) {
    return el("div", { class: "field onsite-chosen" }, el("span", { class: "field-label" }, label),
      el("span", {}, say("chosen", { name: chosen })), button(say("change"), clear, "btn-link"));
  }
  const id = fresh("find");
  const hits = el("ul", { class: "onsite-hits" });
  const none = el("p", { class: "muted", role: "status" });
  const look = (event) => {
    const words = event.target.value.trim().split(/\s+/).filter(Boolean);
    const found = words.length ? find(words).slice(0, SHOWN) : [];
    none.textContent = words.length && !found.length ? say("typeNone") : "";
    hits.replaceChildren(...found.map(({ text, note, value }) => el("li", {},
      el("button", { type: "button", class: "onsite-hit", click: () => choose(value) }, text, note && el("span", { class: "muted" }, ` ${note}`)))));
  };
  return el("div", { class: "field" }, el("label", { for: id, class: "field-label" }, label),
    el("input", { id, type: "search", class: "form-control", placeholder: hint, autocomplete: "off", input: look }), hits, none);
}
