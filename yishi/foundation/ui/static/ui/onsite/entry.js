// The form of a move: what the lifecycle asks for, photos, the place check. Kept while one types.
import { button, el, fresh, say } from "./dom.js";
import { photoField } from "./photos.js";
import { placeCheck } from "./place.js";
import { newKey } from "./queue.js";
import * as store from "./store.js";

const LONGEST = 2000;

// What a move asks for: the case's own form where it has one, else the one of all cases.
export const formOf = (app, item, move) => item?.forms?.[move] ?? app.session?.forms?.[move];

export async function moveForm(app, item, move) {
  const form = formOf(app, item, move);
  const key = store.draftKey(app.account, item.number, move);
  const state = { facts: {}, photos: {}, place: null, ...((await store.draft(key)) ?? {}) };
  const keep = keeper(key, state);
  const errors = el("div", { role: "alert" });
  const fields = form.needs.map((need) => [need, field(need, state, keep, () => show())]);
  // A field that belongs to an answer is there when that answer was given.
  const asked = (need) => !need.when || need.when[1].includes(state.facts[need.when[0]]);
  const show = () => fields.forEach(([need, made]) => { made.hidden = !asked(need); });
  show();
  const send = async (event) => {
    event.preventDefault();
    for (const need of form.needs.filter((one) => !asked(one))) { delete state.facts[need.name]; delete state.photos[need.name]; }
    const missing = form.needs.find((need) => asked(need) && need.required && !state.facts[need.name] && !state.photos[need.name]?.length);
    if (missing) { fault(errors, say("required", { label: missing.label })); return; }
    const lines = form.needs.filter((need) => state.facts[need.name]).map((need) => [need.label, shown(need, state.facts[need.name])]);
    await app.enqueue({
      key: state.key ?? newKey(), kind: "move", number: item.number, move, label: form.label, subject: item.subject,
      replaces: state.replaces, version: item.version, facts: state.facts, photos: state.photos, place: state.place, lines,
    }, key, errors, keep);
  };
  return el("form", { class: "onsite-form", novalidate: true, submit: send },
    ...fields.map(([, made]) => made), placeCheck(item, state.place, (found) => { state.place = found; keep(true); }),
    errors, el("div", { class: "actions" }, el("button", { type: "submit", class: "btn btn-primary onsite-big onsite-send" }, say("save", { move: form.label }))));
}

// Writes the draft a moment after the last key, at once for photos; stop() before it is sent.
export function keeper(key, state) {
  let timer;
  let stopped = false;
  const keep = (now = false) => {
    clearTimeout(timer);
    if (stopped) return;
    timer = setTimeout(() => store.keepDraft(key, { ...state }).catch(console.warn), now ? 0 : 400);
  };
  keep.stop = (value = true) => { stopped = value; clearTimeout(timer); };
  return keep;
}

export function fault(errors, text) {
  errors.replaceChildren(el("p", { class: "field-error", tabindex: "-1" }, text));
  errors.firstChild.focus();
}

export function textField(label, value, changed, { required = false, hint = "", rows = 3, line = false, date = false } = {}) {
  const id = fresh("text");
  const shape = { id, class: "form-control", maxlength: LONGEST, value: value ?? "", "aria-required": required ? "true" : null, input: (event) => changed(event.target.value) };
  return el("div", { class: "field" },
    el("label", { for: id, class: "field-label" }, label, !required && el("span", { class: "field-optional" }, say("optional"))),
    hint && el("p", { class: "field-hint" }, hint),
    line || date ? el("input", { type: date ? "date" : "text", ...shape }) : el("textarea", { rows, ...shape }));
}

export function choiceField(label, choices, value, changed, { required = true, hint = "", row = false } = {}) {
  const name = fresh("choice");
  return el("fieldset", { class: "field" },
    el("legend", { class: "field-label" }, label, !required && el("span", { class: "field-optional" }, say("optional"))),
    hint && el("p", { class: "field-hint" }, hint),
    el("div", { class: row ? "onsite-choices onsite-row" : "onsite-choices" }, choices.map(([key, text], place) => el("div", { class: "onsite-choice" },
      el("input", { type: "radio", class: "form-check-input", name, id: `${name}-${place}`, value: key, checked: key === value, change: () => changed(key) }),
      el("label", { for: `${name}-${place}` }, text)))));
}

function field(need, state, keep, show) {
  const set = (value) => { if (value) state.facts[need.name] = value; else delete state.facts[need.name]; keep(); show(); };
  const more = { required: need.required, hint: need.hint, row: need.row };
  if (need.kind === "choice") return choiceField(need.label, need.choices, state.facts[need.name], set, more);
  if (need.kind === "photos") {
    return photoField(need.label, state.photos[need.name] ?? [], (list) => { state.photos[need.name] = list; keep(true); }, more);
  }
  return textField(need.label, state.facts[need.name], set, { ...more, line: need.kind === "line", date: need.kind === "date" });
}

const shown = (need, value) => need.choices.find(([key]) => key === value)?.[1] ?? value;

export const backButton = (app, to = "#") => button(say("back"), () => app.go(to), "btn-link");
