// The service worker: keeps the page's files (KEPT, written before this text) under their version.
// Only files of the page and the empty shell are kept, nothing that was made for somebody.

const PREFIX = `yishi-${KEPT.name}-`;
const CACHE = `${PREFIX}${KEPT.version}`;
const PATIENCE = 8000;

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(CACHE);
    await cache.addAll([...KEPT.assets, KEPT.shell].map((url) => new Request(url, { cache: "reload" })));
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const names = await caches.keys();
    const old = names.filter((name) => name.startsWith(PREFIX) && name !== CACHE);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  })());
});

// The shell is kept in the language and size in which the page was last opened.
self.addEventListener("message", (event) => {
  if (event.data === "shell") {
    event.waitUntil(caches.open(CACHE).then((cache) =>
      cache.add(new Request(KEPT.shell, { cache: "reload" }))).catch(() => {}));
  }
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (url.pathname === KEPT.page) event.respondWith(page(request));
    return;
  }
  if (KEPT.assets.includes(url.pathname)) event.respondWith(asset(request));
});

// From the server while it answers in time; a redirect (to sign in) is passed on as it is.
async function page(request) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  try {
    const answer = await fetch(request, { signal: stop.signal });
    if (answer.status < 500) return answer;
  } catch {
    // no signal
  } finally {
    clearTimeout(timer);
  }
  const cache = await caches.open(CACHE);
  return (await cache.match(KEPT.shell)) ?? Response.error();
}

async function asset(request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(request, { ignoreSearch: true })) ?? fetch(request);
}
