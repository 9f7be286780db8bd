// Forms marked data-looks draw themselves again while one types: what the "look" buttons do without
// JavaScript. Only the part marked data-look-part is replaced; focus and text stay where they were.

const DELAY = 450;

class Looker {
  constructor(form) {
    this.form = form;
    this.hideButtons();
    form.addEventListener("change", (event) => {
      if (event.target.matches("[data-look], [type=radio][data-look]")) this.look();
    });
    form.addEventListener("input", (event) => {
      if (!event.target.matches("[data-look-text]")) return;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.look(), DELAY);
    });
  }

  hideButtons() {
    for (const button of this.form.querySelectorAll("[data-look-button]")) button.hidden = true;
  }

  async look() {
    clearTimeout(this.timer);
    this.request?.abort();
    this.request = new AbortController();
    const data = new FormData(this.form);
    for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
    data.set("look", "1");
    try {
      const answer = await fetch(this.form.action, { method: "POST", body: data, signal: this.request.signal });
      if (answer.ok) this.swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch (problem) {
      if (problem.name !== "AbortError") console.warn(problem);
    }
  }

  swap(page) {
    const old = this.form.querySelector("[data-look-part]");
    const fresh = page.querySelector("form[data-looks] [data-look-part]");
    if (!old || !fresh) return;
    const active = document.activeElement;
    const kept = old.contains(active) && active.id ? active : null;
    // What was typed since the request left is newer than the answer.
    for (const input of old.querySelectorAll("input[type=text], input[type=search], input:not([type]), textarea")) {
      const twin = input.id && fresh.querySelector(`#${CSS.escape(input.id)}`);
      if (twin) twin.value = input.value;
    }
    const [start, end] = kept && "selectionStart" in kept ? [kept.selectionStart, kept.selectionEnd] : [];
    old.replaceWith(document.adoptNode(fresh));
    this.hideButtons();
    const again = kept && document.getElementById(kept.id);
    again?.focus({ preventScroll: true });
    if (again && Number.isInteger(start)) again.setSelectionRange?.(start, end);
  }
}

for (const form of document.querySelectorAll("form[data-looks]")) new Looker(form);
