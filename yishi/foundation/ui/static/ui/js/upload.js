// <y-upload>: shows chosen photos, lets one be removed, and adds to the choice instead of replacing it.

class Upload extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input[type=file]");
    this.list = this.querySelector(".upload-previews");
    this.status = this.querySelector(".upload-status");
    this.limit = Number(this.dataset.limit);
    this.files = [];
    this.input?.addEventListener("change", () => this.add([...this.input.files]));
  }

  add(chosen) {
    const together = this.input.multiple ? [...this.files, ...chosen] : chosen.slice(-1);
    const known = new Set();
    const distinct = together.filter((file) => {
      const key = `${file.name}/${file.size}/${file.lastModified}`;
      return !known.has(key) && known.add(key);
    });
    this.files = distinct.slice(0, this.limit);
    this.store();
    this.draw(distinct.length > this.limit);
  }

  remove(file) {
    const place = this.files.indexOf(file);
    this.files = this.files.filter((other) => other !== file);
    this.store();
    this.draw(false);
    (this.list.querySelectorAll("button")[Math.min(place, this.files.length - 1)] ?? this.input).focus();
  }

  store() {
    const transfer = new DataTransfer();
    for (const file of this.files) transfer.items.add(file);
    this.input.files = transfer.files;
  }

  draw(tooMany) {
    this.list.replaceChildren(...this.files.map((file) => this.preview(file)));
    this.list.hidden = this.files.length === 0;
    const count = this.files.length ? this.dataset.countText + this.files.length : "";
    this.status.textContent = tooMany ? `${this.dataset.fullText}` : count;
  }

  preview(file) {
    const item = document.createElement("li");
    const image = document.createElement("img");
    const button = document.createElement("button");
    image.src = URL.createObjectURL(file);
    image.alt = file.name;
    image.addEventListener("load", () => URL.revokeObjectURL(image.src), { once: true });
    button.type = "button";
    button.className = "upload-remove";
    button.textContent = "×";
    button.setAttribute("aria-label", `${this.dataset.removeLabel} ${file.name}`);
    button.addEventListener("click", () => this.remove(file));
    item.append(image, button);
    return item;
  }
}

if (!customElements.get("y-upload")) customElements.define("y-upload", Upload);
