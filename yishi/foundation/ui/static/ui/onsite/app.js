// A page on site: work that goes on without signal. It draws itself from what is kept, asks the
// server where it can, and sends the queue. What a system adds is given to start():
//   facts(item)    rows [label, value, hint] of a case beside those that every case has
//   below(item)    elements below them
//   views          { name: async (app, name) => element } of further pages, "#name"
//   buttons(app)   for the bar at the bottom, before the queue's
//   registers(app) fetches what is kept beside the list of work, once a visit
//   beside(entry)  { label, change } for a refused entry that may go another way
import { button, el, say, time, urls } from "./dom.js";
import { caseView, listView } from "./case.js";
import { allowed, position } from "./place.js";
import { behind, flush, own } from "./queue.js";
import { queueView } from "./queueview.js";
import * as store from "./store.js";

const root = document.getElementById("onsite");
const [bar, told, nav, view] = ["state", "told", "nav", "view"].map((name) => document.getElementById(`onsite-${name}`));
const AGAIN = 20_000;

const app = {
  account: root.dataset.account, session: null, sending: null, title: document.querySelector("h1")?.textContent ?? "",
  state: "never", more: {}, go, draw, sync, enqueue,
};

const host = {
  account: () => app.account,
  token: () => app.session?.csrf,
  renew: async () => (await refresh()) === "ok",
  signedOut,
  changed: (seq = null) => { app.sending = seq; drawAround(); if (location.hash.startsWith("#queue")) draw(false); },
  reached: (yes) => { if (!yes) { app.state = navigator.onLine ? "unreachable" : "offline"; status(); } },
};

// --- What is known ----------------------------------------------------------------------------

// The list belongs to one account and lasts as long as its session does; then it is gone from here.
async function remember() {
  const kept = await store.session();
  if (!kept) return;
  const other = app.account && String(kept.account) !== app.account;
  const over = kept.until && Date.parse(kept.until) < Date.now();
  if (other || over) {
    await store.wipe();
    if (!other) { app.account = String(kept.account); app.state = "ended"; await store.keepSession({ account: kept.account, ended: true }, Date.now()); }
    return;
  }
  app.account = String(kept.account);
  if (kept.ended) app.state = "ended";
  else { app.session = kept; app.state = "offline"; }
}

async function refresh() {
  const since = Date.now();
  try {
    const answer = await fetch(urls.work, { credentials: "same-origin", headers: { Accept: "application/json" } });
    if (answer.status === 401) { await signedOut(since); return "signedOut"; }
    if (!answer.ok) { app.state = "unreachable"; status(); return "unreachable"; }
    const fetched = await answer.json();
    // Somebody is signing out on this page: an answer that was asked for meanwhile is not kept.
    if ("leaving" in document.documentElement.dataset) return "leaving";
    if (app.account && String(fetched.account) !== app.account) await store.wipe();
    app.account = String(fetched.account);
    app.session = fetched;
    app.state = "online";
    await store.keepSession(fetched, since);
    registers().catch(console.warn);
    return "ok";
  } catch {
    app.state = app.session ? "offline" : app.state === "ended" ? "ended" : "never";
    status();
    return "offline";
  }
}

let asked = false;
async function registers() {
  if (asked || !app.more.registers) return;
  asked = true;
  try {
    await app.more.registers(app);
    await draw(false);
  } catch (problem) {
    asked = false;
    throw problem;
  }
}

// Nothing is written when the officer signed out after *since*, or is just doing it on this page:
// then nothing of them may stay here.
async function signedOut(since) {
  if ("leaving" in document.documentElement.dataset) return;
  app.session = null;
  app.state = "signIn";
  await store.wipe();
  if (app.account) await store.keepSession({ account: app.account, ended: true }, since);
  await draw(false);
}

// --- Sending ----------------------------------------------------------------------------------

let running = null;
function sync() {
  running ??= (async () => {
    const found = await refresh();
    if (found === "ok") {
      const before = own(await store.entries(), app.account).filter((entry) => entry.state === "waiting").length;
      if (before) {
        await flush(host);
        app.sending = null;
        await refresh();
      }
    }
    await draw(false);
  })().finally(() => { running = null; });
  return running;
}

// What was entered is stored before anything is said; then it is sent if there is signal.
async function enqueue(entry, draftKey, errors, keep) {
  keep.stop();
  try {
    await store.enqueue({ ...entry, account: app.account, entered: new Date().toISOString(), state: "waiting" }, draftKey);
  } catch (problem) {
    keep.stop(false);
    errors.replaceChildren(el("p", { class: "field-error" }, say("failed", { why: problem?.message ?? "" })));
    return;
  }
  navigator.storage?.persist?.().catch(() => {});
  told.replaceChildren(el("p", { class: "because" }, say("saved", { what: `${entry.label} ${entry.number || entry.subject}` })));
  go("#");
  if (running) await running;
  sync();
}

// --- Drawing ----------------------------------------------------------------------------------

function go(hash) {
  if (hash === location.hash || (hash === "#" && !location.hash)) draw();
  else if (hash === "#") { history.pushState(null, "", location.pathname); draw(); }
  else location.hash = hash;
}

function status() {
  const at = time(app.session?.at);
  const plain = { online: "online", offline: "offline", unreachable: app.session ? "unreachable" : "never", never: "never", signIn: "signIn", ended: "ended" };
  bar.hidden = false;
  bar.dataset.state = app.state;
  const words = say(plain[app.state], { at });
  const link = ["signIn", "ended"].includes(app.state) && el("a", { href: `${urls.signIn}?next=${encodeURIComponent(urls.page)}` }, say("signInAgain"));
  bar.replaceChildren(words, ...(link ? [" ", link] : []));
}

async function drawAround() {
  status();
  const mine = own(await store.entries(), app.account);
  const waiting = mine.filter((entry) => entry.state === "waiting");
  const refused = mine.filter((entry) => entry.state === "refused");
  nav.hidden = false;
  const [page] = location.hash.slice(1).split("/");
  nav.classList.toggle("onsite-nav-held", page !== "form" && !app.more.views?.[page]);
  const label = waiting.length || refused.length ? `${say("queue")}：${say("queueCount", { waiting: waiting.length, refused: refused.length })}` : say("queue");
  nav.dataset.waiting = waiting.length;
  nav.dataset.refused = refused.length;
  nav.replaceChildren(
    ...(app.more.buttons?.(app) ?? []),
    button(label, () => go("#queue"), refused.length ? "btn-danger" : "btn-outline-primary"),
  );
}

let drawing = 0;
async function draw(moved = true) {
  const mine = ++drawing;
  const [name, number, move] = location.hash.slice(1).split("/").map(decodeURIComponent);
  // A form that somebody fills in is not drawn anew under the fingers.
  const typing = !moved && view.querySelector("form.onsite-form");
  await drawAround();
  if (typing || mine !== drawing) return;
  const made = name === "form" ? await caseView(app, number, move)
    : app.more.views?.[name] ? await app.more.views[name](app, name)
      : name === "queue" ? await queueView(app) : await listView(app);
  if (mine !== drawing) return;
  view.replaceChildren(made);
  if (moved && name) { document.getElementById("onsite-heading")?.focus(); scrollTo(0, 0); }
}

// --- Beginning --------------------------------------------------------------------------------

async function worker() {
  if (!("serviceWorker" in navigator)) return;
  const registration = await navigator.serviceWorker.register(urls.worker);
  await navigator.serviceWorker.ready;
  if (root.dataset.account) registration.active?.postMessage("shell");
}

export async function start(more = {}) {
  app.more = more;
  try {
    await remember();
  } catch (problem) {
    console.warn(problem);
    bar.hidden = false;
    bar.textContent = say("noStore");
    return;  // the plain list with the ordinary forms stays
  }
  document.getElementById("onsite-plain")?.remove();
  addEventListener("hashchange", () => { told.replaceChildren(); draw(); });
  addEventListener("popstate", () => draw());
  addEventListener("online", () => sync());
  addEventListener("offline", () => { if (app.session) { app.state = "offline"; status(); } });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) sync(); });
  setInterval(async () => {
    const mine = own(await store.entries(), app.account);
    if (app.state !== "online" || mine.some((entry) => entry.state === "waiting" && !behind(entry, mine))) sync();
    else if (!document.hidden && !location.hash) draw(false);
  }, AGAIN);
  await draw(false);
  worker().catch(console.warn);
  await sync();
  root.dataset.ready = "";
  if (await allowed()) position().then(() => draw(false)).catch(() => {});
}
