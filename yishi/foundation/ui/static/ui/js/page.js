// What every page gains from JavaScript. Nothing here is needed to use a page.

document.addEventListener("click", (event) => {
  const close = event.target.closest("[data-dismiss]");
  if (close) close.closest(".flash-message")?.remove();
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const toggle = event.target.closest("[data-menu-toggle]");
  if (toggle) {
    const open = toggle.getAttribute("aria-expanded") !== "true";
    toggle.setAttribute("aria-expanded", String(open));
  }
  const anchor = event.target.closest(".error-summary a[href^='#']");
  if (anchor) {
    const field = document.getElementById(anchor.hash.slice(1));
    if (field) {
      event.preventDefault();
      field.focus();
      field.closest(".field")?.scrollIntoView({ block: "start" });
    }
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// A form marked data-once is sent once; coming back by the browser's history arms it again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.hasAttribute("data-once")) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, 8000);
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

document.addEventListener("change", (event) => {
  const box = event.target;
  if (box.matches("[data-select-all]")) {
    for (const other of document.querySelectorAll(box.dataset.selectAll)) other.checked = box.checked;
  }
  if (box.closest("form[data-autosubmit]") && !box.matches("[data-no-autosubmit]")) {
    box.form.requestSubmit();
  }
});

function prepare(root) {
  for (const button of root.querySelectorAll("[data-dismiss][hidden]")) button.hidden = false;
  root.querySelector("[data-error-summary]")?.focus();
}
prepare(document);
document.addEventListener("htmx:after:swap", () => prepare(document));

const clock = document.querySelector("[data-clock]");
if (clock) {
  const form = new Intl.DateTimeFormat(document.documentElement.lang === "en" ? "en-GB" : "zh-CN", {
    timeZone: "Asia/Shanghai", year: "numeric", month: "2-digit", day: "2-digit",
    weekday: "short", hour: "2-digit", minute: "2-digit", hour12: false,
  });
  const tick = () => { clock.textContent = form.format(new Date()); };
  tick();
  setInterval(tick, 5000);
}

// Signing out wipes what this browser keeps of the account; entries that have not arrived stay.
async function leave(form) {
  const late = new Promise((resolve) => setTimeout(resolve, 3000));
  try {
    const { forget, unsent } = await import("./kept.js");
    const waiting = await Promise.race([unsent(), late]);
    if (waiting && !confirm(form.dataset.unsent.replace("0", waiting))) return;
    document.documentElement.dataset.leaving = "";
    await Promise.race([forget(), late]);
  } catch (problem) {
    console.warn(problem);
  }
  form.submit();
}
document.addEventListener("submit", (event) => {
  if (!event.target.matches?.("form[data-sign-out]")) return;
  event.preventDefault();
  leave(event.target);
});
