// Loads a library or a style sheet of this site once, when the first island needs it.

const loading = new Map();

function once(url, make) {
  if (!loading.has(url)) {
    loading.set(url, new Promise((resolve, reject) => {
      const element = make();
      element.addEventListener("load", resolve);
      element.addEventListener("error", () => reject(new Error(`cannot load ${url}`)));
      document.head.append(element);
    }));
  }
  return loading.get(url);
}

export function script(url) {
  return once(url, () => Object.assign(document.createElement("script"), { src: url }));
}

export function sheet(url) {
  return once(url, () => Object.assign(document.createElement("link"), { rel: "stylesheet", href: url }));
}

export async function json(url) {
  const answer = await fetch(url, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.json();
}

export function inline(id) {
  const element = id && document.getElementById(id);
  return element ? JSON.parse(element.textContent) : null;
}
