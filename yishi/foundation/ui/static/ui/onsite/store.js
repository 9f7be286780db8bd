// What the page keeps (see ui/js/kept.js), by the names under which it asks for it. Several pages
// share one database: the keys and entries of each bear the name that its set-up gives (`kept`).
import { change, keepPrivate } from "../js/kept.js";
import { kept } from "./dom.js";

const named = (key) => (kept ? `${kept}:${key}` : key);
const get = (store, key) => change(store, "readonly", (stores) => stores[store].get(key));
const put = (store, key, value) => change(store, "readwrite", (stores) => stores[store].put(value, key));

export const session = () => get("private", named("session"));
export const keepSession = (value, since) => keepPrivate(named("session"), value, since);
export const wipe = () => change("private", "readwrite", ({ private: own }) => own.clear());
export const register = (name) => get("public", named(name));
export const keepRegister = (name, value) => put("public", named(name), value);
// The area belongs to the account: which landmarks one needs says where one works.
export const area = () => get("private", named("area"));
export const keepArea = (value, since) => keepPrivate(named("area"), value, since);

export const entries = async () => {
  const all = await change("queue", "readonly", ({ queue }) => queue.getAll());
  return all.filter((entry) => (entry.app ?? "") === kept);
};
export const entry = (seq) => change("queue", "readonly", ({ queue }) => queue.get(seq));
export const keepEntry = (value) => change("queue", "readwrite", ({ queue }) => queue.put(value));
export const removeEntry = (seq) => change("queue", "readwrite", ({ queue }) => queue.delete(seq));

export const draft = (key) => get("drafts", key);
export const keepDraft = (key, value) => put("drafts", key, value);
export const removeDraft = (key) => change("drafts", "readwrite", ({ drafts }) => drafts.delete(key));

// The entry is in the queue, its draft and the entry that it replaces are gone; or nothing is done.
export const enqueue = ({ replaces, ...value }, key) =>
  change(["queue", "drafts"], "readwrite", ({ queue, drafts }) => {
    drafts.delete(key);
    if (replaces) queue.delete(replaces);
    return queue.put(kept ? { ...value, app: kept } : value);
  });

// [key, draft] of what an account has begun and not sent.
export const drafts = async (account) => {
  const [keys, all] = await Promise.all(["getAllKeys", "getAll"].map((ask) => change("drafts", "readonly", (stores) => stores.drafts[ask]())));
  return keys.map((key, place) => [key, all[place]]).filter(([key]) => key.startsWith(named(`${account}/`)));
};

export const draftKey = (account, number, move) => named(`${account}/${number || "new"}/${move}`);
