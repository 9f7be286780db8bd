// A sheet for signing by hand, beside the typed name. What is drawn goes along as a picture.
const pad = document.querySelector("[data-pad]");
const sheet = pad?.querySelector("canvas");
const field = document.getElementById("id_drawn");

if (sheet && field) {
  pad.hidden = false;
  const pen = sheet.getContext("2d");
  Object.assign(pen, { lineWidth: 5, lineCap: "round", lineJoin: "round", strokeStyle: "#16252d" });
  let drawing = false;
  let used = false;

  const at = (event) => {
    const box = sheet.getBoundingClientRect();
    return [((event.clientX - box.left) * sheet.width) / box.width, ((event.clientY - box.top) * sheet.height) / box.height];
  };
  const clear = () => {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, sheet.width, sheet.height);
    used = false;
    field.value = "";
  };
  sheet.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    sheet.setPointerCapture(event.pointerId);
    drawing = true;
    pen.beginPath();
    pen.moveTo(...at(event));
  });
  sheet.addEventListener("pointermove", (event) => {
    if (!drawing) return;
    pen.lineTo(...at(event));
    pen.stroke();
    used = true;
  });
  for (const name of ["pointerup", "pointercancel"]) sheet.addEventListener(name, () => { drawing = false; });
  pad.querySelector("[data-pad-clear]").addEventListener("click", clear);
  sheet.closest("form").addEventListener("submit", () => { field.value = used ? sheet.toDataURL("image/png") : ""; });
  clear();
}
