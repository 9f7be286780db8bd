// The queue as it is seen: waiting, sent, refused with the reason and the case as it stands.
import { button, el, say, time } from "./dom.js";
import { thumbnail } from "./photos.js";
import { behind, draftOf, own, sendAgain } from "./queue.js";
import * as store from "./store.js";

export async function queueView(app) {
  const all = await store.entries();
  const mine = own(all, app.account);
  const others = all.filter((entry) => String(entry.account) !== String(app.account) && entry.state !== "sent");
  const open = mine.filter((entry) => entry.state !== "sent");
  const view = el("section", { "aria-labelledby": "onsite-heading" }, el("h2", { id: "onsite-heading", tabindex: "-1" }, say("queue")));
  if (others.length) view.append(el("p", { class: "because" }, say("others", { n: others.length })));
  if (!mine.length) view.append(el("p", { class: "muted" }, say("empty")));
  if (open.some((entry) => entry.state === "waiting")) view.append(el("div", { class: "actions" }, button(say("sendNow"), () => app.sync(), "btn-primary")));
  const list = el("ul", { class: "onsite-list" });
  for (const entry of [...open, ...mine.filter((one) => one.state === "sent").reverse()]) list.append(card(entry, mine, app));
  for (const [key, draft] of await store.drafts(app.account)) if (!draft.replaces) list.append(draftCard(key, draft, app));
  view.append(list);
  if (mine.some((entry) => entry.state === "sent")) {
    view.append(el("div", { class: "actions" }, button(say("clearSent"), async () => {
      for (const entry of mine) if (entry.state === "sent") await store.removeEntry(entry.seq);
      app.draw();
    })));
  }
  return view;
}

function card(entry, mine, app) {
  const state = app.sending === entry.seq ? "sending" : entry.state;
  const tone = { waiting: "warn", sending: "active", sent: "good", refused: "bad" }[state];
  return el("li", { class: "onsite-card", "data-state": state },
    el("p", { class: "onsite-head" }, el("span", { class: `y-state y-tone-${tone}` }, say(state)), " ", el("span", { class: "muted" }, say("enteredAt", { at: time(entry.entered) }))),
    el("h3", { class: "onsite-subject" }, `${entry.label} · ${entry.subject}`),
    entry.number && el("p", { class: "muted" }, entry.number),
    ...what(entry, mine),
    ...contents(entry),
    actions(entry, app));
}

function what(entry, mine) {
  const { answer } = entry;
  if (entry.state === "sent") {
    const words = { at: time(entry.at), number: answer.number, state: answer.state_label };
    return [el("p", {}, say(answer.merged ? "sentMerged" : "sentAt", words))];
  }
  if (entry.state === "refused") {
    const why = answer.status === 413 ? say("tooLarge") : answer.message || say("forbidden");
    return [el("p", { class: "field-error" }, why),
      answer.state_label && el("p", {}, `${answer.number ?? ""} ${say("now", { state: answer.state_label })}`.trim())];
  }
  if (behind(entry, mine)) return [el("p", { class: "muted" }, say("behind"))];
  return entry.attempts ? [el("p", { class: "muted" }, say("noAnswer"))] : [];
}

// What was entered stays to be read until it has arrived.
function contents(entry) {
  if (entry.state === "sent") return [];
  const lines = (entry.lines ?? []).map(([label, value]) => el("p", { class: "onsite-line" }, el("span", { class: "muted" }, `${label} `), value));
  const photos = Object.values(entry.photos ?? {}).flat();
  return [...lines, photos.length && el("ul", { class: "upload-previews" }, photos.map((photo) => el("li", {}, thumbnail(photo, photo.name))))].filter(Boolean);
}

function actions(entry, app) {
  if (entry.state === "sent") return null;
  const row = el("div", { class: "actions" });
  if (entry.state === "refused") {
    const other = app.more.beside?.(entry);
    if (other) row.append(button(other.label, async () => { await sendAgain(entry, other.change); app.sync(); }, "btn-primary"));
    else row.append(button(say("again"), async () => { await sendAgain(entry); app.sync(); }, "btn-primary"));
    row.append(button(say("edit"), () => edit(entry, app)));
  }
  row.append(button(say("discard"), () => discard(entry, app), "btn-link"));
  return row;
}

async function edit(entry, app) {
  const { number, move, facts, photos, place, key, form } = entry;
  // The entry stays in the queue until what is made of it takes its place.
  const kept = { facts, photos, place, key, form, replaces: entry.seq };
  await store.keepDraft(draftOf(entry), kept);
  await app.sync();
  app.go(entry.kind === "move" ? `#form/${number}/${move}` : `#${entry.kind}`);
}

async function discard(entry, app) {
  const unsure = entry.state === "waiting" && entry.attempts;
  if (!confirm(say(unsure ? "discardMaybe" : "discardSure"))) return;
  await store.removeDraft(draftOf(entry));
  await store.removeEntry(entry.seq);
  app.draw();
}

// Forms begun and not sent, those of cases that left the list included.
function draftCard(key, draft, app) {
  const [, number, move] = key.split("/");
  const label = number === "new" ? say(move) : app.session?.forms[move]?.label ?? move;
  const words = [draft.facts?.description, draft.facts?.note].filter(Boolean).join(" ");
  const photos = Object.values(draft.photos ?? {}).flat();
  return el("li", { class: "onsite-card" },
    el("h3", { class: "onsite-subject" }, `${say("draft")} · ${label}`),
    number !== "new" && el("p", { class: "muted" }, number), words && el("p", { class: "onsite-line" }, words),
    photos.length && el("ul", { class: "upload-previews" }, photos.map((photo) => el("li", {}, thumbnail(photo, photo.name)))),
    el("div", { class: "actions" },
      button(say("goOn"), () => app.go(number === "new" ? `#${move}` : `#form/${number}/${move}`)),
      button(say("discard"), async () => {
        if (!confirm(say("discardSure"))) return;
        await store.removeDraft(key);
        app.draw();
      }, "btn-link")));
}
