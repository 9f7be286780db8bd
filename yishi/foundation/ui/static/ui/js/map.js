// <y-map>: county polygons and one marker on a canvas. It decorates; the place stands beside it in words.
import { inline, json, script, sheet } from "./load.js";

class PlaceMap extends HTMLElement {
  async connectedCallback() {
    const { lib, css, areasUrl, areasId } = this.dataset;
    try {
      const [areas] = await Promise.all([
        areasUrl ? json(areasUrl) : inline(areasId), script(lib), sheet(css),
      ]);
      if (this.isConnected) this.draw(areas);
    } catch (problem) {
      console.warn(problem);
    }
  }

  disconnectedCallback() {
    this.map?.remove();
    this.map = undefined;
  }

  draw(areas) {
    const L = window.L;
    const token = (name) => getComputedStyle(this).getPropertyValue(name).trim();
    this.dataset.ready = "";
    const frame = document.createElement("div");
    frame.className = "map-frame";
    this.replaceChildren(frame);
    Object.assign(frame.style, { height: "100%" });
    const map = L.map(frame, {
      preferCanvas: true, attributionControl: false, zoomControl: false, scrollWheelZoom: false, maxZoom: 17,
    });
    this.map = map;
    L.control.zoom({ zoomInTitle: this.dataset.zoomIn, zoomOutTitle: this.dataset.zoomOut }).addTo(map);
    const shapes = areas && L.geoJSON(areas, {
      style: { color: token("--y-line-strong"), weight: 1.5, fillColor: token("--y-brand-soft"), fillOpacity: 0.7 },
      onEachFeature: (feature, layer) => {
        if (feature.properties?.name) {
          layer.bindTooltip(feature.properties.name, { permanent: true, direction: "center", className: "area-name" });
        }
      },
    });
    const { lon, lat, zoom, picks } = this.dataset;
    const point = lon && lat ? [Number(lat), Number(lon)] : null;
    // A canvas layer can only be drawn once the map looks somewhere.
    if (point) map.setView(point, Number(zoom));
    else if (shapes?.getBounds().isValid()) map.fitBounds(shapes.getBounds());
    else map.setView([32.0, 112.1], 8);
    shapes?.addTo(map);
    const marked = { radius: 9, color: "#fff", weight: 3, fillColor: token("--y-seal"), fillOpacity: 1 };
    let mark = point && L.circleMarker(point, marked).addTo(map);
    if (picks) {
      this.pick(map, picks, (at) => {
        mark?.remove();
        mark = L.circleMarker(at, marked).addTo(map);
      });
    }
  }

  // A click writes the point into the fields of the form that *picks* names: "lon lat datum", by id.
  pick(map, picks, show) {
    const [lon, lat, datum] = picks.split(" ").map((id) => document.getElementById(id));
    if (!lon || !lat) return;
    map.on("click", ({ latlng }) => {
      lon.value = latlng.lng.toFixed(6);
      lat.value = latlng.lat.toFixed(6);
      if (datum) datum.value = datum.options[0].value;
      show(latlng);
    });
  }
}

if (!customElements.get("y-map")) customElements.define("y-map", PlaceMap);
