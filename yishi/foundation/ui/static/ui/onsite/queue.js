// The queue: what was entered goes to the server in order, each entry under its own key, so that
// one that is sent again gets the answer of the first time. Only the worker takes an entry out.
import { kept, urls } from "./dom.js";
import * as store from "./store.js";

const TIMEOUT = 90_000;
const LOCK = `yishi-onsite-send${kept && `-${kept}`}`;

export const newKey = () => crypto.randomUUID?.() ?? fallbackKey();

function fallbackKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export const own = (all, account) => all.filter((entry) => String(entry.account) === String(account));

// Entries of one case wait for one another: the next makes no sense before the one before it.
export function behind(entry, all) {
  return Boolean(entry.number) && all.some((other) =>
    other.seq < entry.seq && other.number === entry.number && other.account === entry.account && other.state !== "sent");
}

// Sends what waits. host: { account, token(), renew(), signedOut(), changed(), reached(bool) }.
export async function flush(host) {
  if (!navigator.locks) return run(host);
  return navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => (lock ? run(host) : undefined));
}

async function run(host) {
  const tried = new Set();
  for (;;) {
    const all = own(await store.entries(), host.account());
    const next = all.find((entry) => entry.state === "waiting" && !tried.has(entry.seq) && !behind(entry, all));
    if (!next || !host.token()) return;
    tried.add(next.seq);
    if (!(await deliver(next, host))) return;
  }
}

// Whether to go on with the next one.
async function deliver(entry, host, again = false) {
  await store.keepEntry({ ...entry, attempts: (entry.attempts ?? 0) + 1 });
  host.changed(entry.seq);
  const since = Date.now();
  let answer;
  try {
    answer = await post(entry, host.token());
  } catch {
    host.reached(false);
    host.changed();
    return false;
  }
  const said = (answer.headers.get("Content-Type") ?? "").includes("json") ? await answer.json().catch(() => null) : null;
  if (answer.status === 401 || answer.redirected) { await host.signedOut(since); return false; }
  if (answer.status >= 500 || answer.status === 429) { host.reached(false); host.changed(); return false; }
  host.reached(true);
  if (answer.status === 403 && !said) {  // the token is of another session
    if (again || !(await host.renew())) { host.changed(); return false; }
    return deliver((await store.entry(entry.seq)) ?? entry, host, true);
  }
  const current = await store.entry(entry.seq);
  if (!current) return true;
  if (answer.ok && said) await arrived(current, said);
  else await refused(current, answer.status, said);
  host.changed();
  return true;
}

function post(entry, token) {
  const body = new FormData();
  body.set("account", entry.account);
  body.set("body", JSON.stringify(bodyOf(entry)));
  for (const [name, photos] of Object.entries(entry.photos ?? {})) {
    for (const photo of photos) body.append(name, new Blob([photo.bytes], { type: photo.type }), photo.name);
  }
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), TIMEOUT);
  return fetch(urls.send, {
    method: "POST", body, signal: stop.signal, credentials: "same-origin", headers: { "X-CSRFToken": token, Accept: "application/json" },
  }).finally(() => clearTimeout(timer));
}

function bodyOf(entry) {
  const { key, kind, number, move, version, facts, place, entered } = entry;
  return { key, kind, number: number ?? "", move: move ?? "", version: version ?? null, facts, place: place ?? null, entered };
}

// The note of it stays without its contents; entries that follow on the case have the new version.
async function arrived(entry, said) {
  const { app, seq, key, account, kind, number, move, label, subject, entered } = entry;
  await store.keepEntry({ app, seq, key, account, kind, number, move, label, subject, entered, state: "sent", answer: said, at: new Date().toISOString() });
  if (!number || said.version === undefined) return;
  for (const other of own(await store.entries(), account)) {
    if (other.state === "waiting" && other.number === number) await store.keepEntry({ ...other, version: said.version });
  }
}

async function refused(entry, status, said) {
  await store.keepEntry({ ...entry, state: "refused", answer: { status, ...(said ?? {}) }, at: new Date().toISOString() });
}

export const draftOf = ({ account, kind, number, move }) =>
  (kind === "move" ? store.draftKey(account, number, move) : store.draftKey(account, "", kind));

// Once more, as the case stands now; a place check that was given stays what it was.
export async function sendAgain(entry, change = {}) {
  const version = entry.answer?.version ?? null;
  await store.removeDraft(draftOf(entry));
  await store.keepEntry({ ...entry, version, ...change, state: "waiting", answer: null });
}
