// The page on site of city events: reports and settlements beside the moves of cases.
import { start } from "../../ui/onsite/app.js";
import { button, el, say, urls } from "../../ui/onsite/dom.js";
import * as store from "../../ui/onsite/store.js";
import { reportView } from "./report.js";

function facts(item) {
  const rows = [[say("words"), item.words], [say("type"), item.type]];
  const { standard } = item;
  if (standard) {
    rows.push([say("filing"), standard.filing], [say("limit"), standard.limit, standard.illustrative && say("illustrative")], [say("closing"), standard.closing]);
  }
  return [...rows, [say("handling"), item.handling]];
}

function below(item) {
  if (!item.plan.length) return [];
  return [el("details", { class: "why" }, el("summary", {}, say("plan")), el("ol", { class: "onsite-plan" }, item.plan.map((line) => el("li", {}, line))))];
}

function buttons(app) {
  const settle = app.session?.settles === false ? [] : [button(say("settle"), () => app.go("#settle"), "btn-outline-primary")];
  return [button(say("report"), () => app.go("#report"), "btn-primary"), ...settle];
}

// The types are asked for only when there are others; outlines and landmarks once a visit.
async function registers() {
  const since = Date.now();
  const kept = await store.register("types");
  const headers = kept ? { "If-None-Match": `"types-${kept.version}"` } : {};
  const types = await fetch(urls.types, { headers, cache: "no-store" });
  if (types.status === 200) await store.keepRegister("types", await types.json());
  const area = await fetch(urls.area, { cache: "no-store" });
  if (area.ok) await store.keepArea(await area.json(), since);
}

// A settlement that is somebody's case already becomes one more report of it, with all its photos.
function beside(entry) {
  if (entry.answer.code !== "same") return null;
  const { note, ...facts } = entry.facts;
  const words = [facts.description, note].filter(Boolean).join("\n");
  const photos = Object.values(entry.photos ?? {}).flat().slice(0, 9);
  return {
    label: say("asReport"),
    change: { kind: "report", label: say("report"), facts: words ? { ...facts, description: words } : facts, photos: { photos } },
  };
}

start({ facts, below, buttons, registers, beside, views: { report: reportView, settle: reportView } });
