// What the portal's pages gain from JavaScript: the position, copying the code, the code from a QR.

class Locate extends HTMLElement {
  connectedCallback() {
    if (!("geolocation" in navigator)) return;
    this.hidden = false;
    this.form = this.querySelector("form");
    this.status = this.querySelector("[role=status]");
    this.form.addEventListener("submit", (event) => {
      if (this.found) return;
      event.preventDefault();
      this.status.textContent = this.dataset.busy;
      navigator.geolocation.getCurrentPosition(
        (position) => this.send(position.coords),
        () => { this.status.textContent = this.dataset.failed; },
        { enableHighAccuracy: true, timeout: 12000, maximumAge: 30000 },
      );
    });
  }

  send({ longitude, latitude, accuracy }) {
    this.found = true;
    this.form.elements.lon.value = longitude;
    this.form.elements.lat.value = latitude;
    this.form.elements.accuracy.value = Math.round(accuracy ?? 0);
    this.form.requestSubmit();
  }
}

class Copy extends HTMLElement {
  connectedCallback() {
    this.hidden = false;
    const status = this.querySelector("[role=status]");
    this.querySelector("[data-copy]").addEventListener("click", async () => {
      const text = document.getElementById(this.dataset.from).textContent.trim();
      try {
        await navigator.clipboard.writeText(text);
        status.textContent = this.dataset.done;
      } catch {
        status.textContent = this.dataset.failed;
      }
    });
    this.querySelector("[data-print]").addEventListener("click", () => print());
  }
}

if (!customElements.get("y-locate")) customElements.define("y-locate", Locate);
if (!customElements.get("y-copy")) customElements.define("y-copy", Copy);

// A scanned QR code carries the tracking code behind "#", which no server ever sees.
const field = document.querySelector("[data-from-hash]");
if (field && !field.value && location.hash.length > 1) {
  field.value = decodeURIComponent(location.hash.slice(1)).slice(0, 40);
  history.replaceState(null, "", location.pathname);
}
