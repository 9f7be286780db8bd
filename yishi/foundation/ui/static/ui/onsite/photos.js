// Photos: taken with the camera or chosen, made smaller before they are kept.
import { el, fresh, say } from "./dom.js";

export const MOST = 9;
const LONGEST = 1600;
const QUALITY = 0.82;

// A JPEG of at most LONGEST pixels a side, as plain bytes: some browsers lose Blobs they keep.
export async function shrink(file) {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  if (!blob) throw new Error("no picture");
  return { name: `${(file.name || "photo").replace(/\.[^.]*$/, "")}.jpg`, type: "image/jpeg", bytes: await blob.arrayBuffer() };
}

export const blobOf = (photo) => new Blob([photo.bytes], { type: photo.type });

export function thumbnail(photo, alt) {
  const url = URL.createObjectURL(blobOf(photo));
  return el("img", { src: url, alt, load: () => URL.revokeObjectURL(url) });
}

// A field for photos; changed(list) is told after each change, and when one was added it is kept.
export function photoField(label, photos, changed, { required = false, hint = "" } = {}) {
  const list = el("ul", { class: "upload-previews" });
  const status = el("p", { class: "upload-status", role: "status" });
  const name = fresh("photos");
  let kept = [...photos];
  const draw = () => {
    list.replaceChildren(...kept.map((photo, place) => el("li", {}, thumbnail(photo, photo.name),
      el("button", { type: "button", class: "upload-remove", "aria-label": say("removePhoto", { n: place + 1 }),
        click: () => { kept = kept.filter((other) => other !== photo); draw(); changed(kept); } }, "×"))));
    list.hidden = !kept.length;
    status.textContent = kept.length ? say("photoCount", { n: kept.length }) : "";
  };
  const add = async (event) => {
    const files = [...event.target.files];
    event.target.value = "";
    let told = "";
    for (const file of files) {
      if (kept.length >= MOST) { told = say("mostPhotos", { n: MOST }); break; }
      try {
        kept = [...kept, await shrink(file)];
      } catch {
        told = say("badPhoto");
      }
    }
    draw();
    if (told) status.textContent = told;
    changed(kept);
  };
  const pick = (text, more) => {
    const input = el("input", { type: "file", accept: "image/jpeg,image/png,image/webp", class: "visually-hidden", id: fresh("file"), change: add, "aria-describedby": name, ...more });
    return el("span", { class: "onsite-pick" }, input, el("label", { for: input.id, class: "btn btn-outline-primary onsite-big" }, text));
  };
  draw();
  return el("fieldset", { class: "field" },
    el("legend", { class: "field-label", id: name }, label, !required && el("span", { class: "field-optional" }, say("optional"))),
    hint && el("p", { class: "field-hint" }, hint),
    el("div", { class: "onsite-picks" }, pick(say("camera"), { capture: "environment" }), pick(say("album"), { multiple: true })),
    list, status);
}
