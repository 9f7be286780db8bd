// The live part of the screen: "something changed" → ask the page for it again, at most every two
// seconds; once a minute anyway, for deadlines pass without anybody doing anything.
const GAP = 2000;
const ANYWAY = 60000;

// How long a wall shows a view before the next one.
const TURN = 30000;

const live = document.querySelector("[data-live]");
const button = document.querySelector("[data-pause]");
let waiting = 0;
let paused = false;
let asking = false;

function ask() {
  waiting = 0;
  if (paused || document.hidden) return;
  if (asking) return soon();
  asking = true;
  window.htmx.trigger(live, "yishi:changed");
}

function soon() {
  if (waiting) return;
  waiting = setTimeout(ask, GAP);
}

// The drawings stay where they are; only their numbers came anew.
function redraw() {
  for (const drawing of document.querySelectorAll("y-chart[data-option-id]")) {
    const option = document.getElementById(drawing.dataset.optionId);
    if (drawing.chart && option) drawing.show(JSON.parse(option.textContent));
  }
}

// A view is a part of the same page: switching asks the server nothing.
function switchTo(name) {
  const board = document.querySelector(".today");
  board.dataset.view = name;
  for (const tab of document.querySelectorAll(".today-view")) {
    if (tab.dataset.to !== name) { tab.removeAttribute("aria-current"); continue; }
    tab.setAttribute("aria-current", "true");
    history.replaceState(null, "", tab.href);
    live.setAttribute("hx-get", tab.getAttribute("href"));
  }
}

function tour() {
  const tourButton = document.querySelector("[data-tour]");
  const tabs = [...document.querySelectorAll(".today-view")];
  const views = tabs.map((tab) => tab.dataset.to).slice(0, -1); // the last is for reading near by
  let timer = 0;
  for (const tab of tabs) {
    tab.addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      switchTo(tab.dataset.to);
    });
  }
  tourButton.hidden = false;
  tourButton.addEventListener("click", () => {
    clearInterval(timer);
    const on = tourButton.getAttribute("aria-pressed") !== "true";
    tourButton.setAttribute("aria-pressed", String(on));
    if (!on) return;
    timer = setInterval(() => {
      if (document.hidden) return;
      const here = views.indexOf(document.querySelector(".today").dataset.view);
      switchTo(views[(here + 1) % views.length]);
    }, TURN);
  });
}

if (live) {
  tour();
  document.addEventListener("htmx:after:swap", redraw);
  for (const name of ["htmx:after:request", "htmx:error"]) {
    document.addEventListener(name, () => { asking = false; });
  }
  const events = new EventSource(live.dataset.events);
  let met = false;
  events.addEventListener("hello", () => {
    if (met) soon();
    met = true;
    live.dataset.connected = "";
  });
  events.addEventListener("changed", soon);
  events.addEventListener("error", () => delete live.dataset.connected);
  setInterval(soon, ANYWAY);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) soon(); });
  button.hidden = false;
  button.addEventListener("click", () => {
    paused = !paused;
    button.setAttribute("aria-pressed", String(paused));
    if (!paused) soon();
  });
}
