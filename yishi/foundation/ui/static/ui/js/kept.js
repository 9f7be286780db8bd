// What this browser keeps for officers who work without signal, in one IndexedDB database:
//   private  what was fetched for the signed-in account; wiped when somebody signs out
//   public   registers without personal data
//   queue    entries on their way to the server, each with its account; only their worker removes one
//   drafts   forms half filled in, by account
// Nothing of it is ever in the Cache API.

const NAME = "yishi-kept";

let opening;

export function open() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      const made = request.result;
      made.createObjectStore("private");
      made.createObjectStore("public");
      made.createObjectStore("drafts");
      made.createObjectStore("queue", { keyPath: "seq", autoIncrement: true });
    };
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      // Another tab may delete or renew the database: then it is opened anew when next asked for.
      request.result.onversionchange = () => { request.result.close(); opening = undefined; };
      request.result.onclose = () => { opening = undefined; };
      resolve(request.result);
    };
  });
  opening.catch(() => { opening = undefined; });
  return opening;
}

// Runs work(stores) in one transaction; resolves with what the last request gave, once it is stored.
export async function change(names, mode, work) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(names, mode, { durability: "strict" });
    let last;
    transaction.oncomplete = () => resolve(last?.result);
    transaction.onabort = () => reject(transaction.error);
    transaction.onerror = () => reject(transaction.error);
    const stores = Object.fromEntries([].concat(names).map((name) => [name, transaction.objectStore(name)]));
    last = work(stores);
  });
}

async function exists() {
  if (!globalThis.indexedDB) return false;
  if (!indexedDB.databases) return true;
  return (await indexedDB.databases()).some((one) => one.name === NAME);
}

// How many entries have not arrived yet, of whatever account.
export async function unsent() {
  if (!(await exists())) return 0;
  const all = await change("queue", "readonly", ({ queue }) => queue.getAll());
  return all.filter((entry) => entry.state !== "sent").length;
}

// Signing out: what was fetched goes, and the notes of what has arrived. Unsent entries stay.
export async function forget() {
  if (!(await exists())) return;
  const all = await change("queue", "readonly", ({ queue }) => queue.getAll());
  await change(["private", "public", "queue"], "readwrite", ({ private: own, public: open, queue }) => {
    for (const entry of all) if (entry.state === "sent") queue.delete(entry.seq);
    open.put(Date.now(), LEFT);
    return own.clear();
  });
}

const LEFT = "left";

// Keeps something private that was asked for at *since*: not if somebody signed out meanwhile, in
// this tab or another, for then the answer is late.
export function keepPrivate(key, value, since) {
  return change(["private", "public"], "readwrite", ({ private: own, public: open }) => {
    const left = open.get(LEFT);
    left.onsuccess = () => { if (!(left.result >= since)) own.put(value, key); };
    return left;
  });
}
