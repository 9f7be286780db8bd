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
    const { lon, lat, zoom } = this.dataset;
    const point = lon && lat ? [Number(lat), Number(lon)] : null;
    // A canvas layer can only be drawn once the map looks somewhere.
    if (point) map.setView(point, Number(zoom));
    else if (shapes?.getBounds().isValid()) map.fitBounds(shapes.getBounds());
    else map.setView([32.0, 112.1], 8);
    shapes?.addTo(map);
    if (point) {
      L.circleMarker(point, {
        radius: 9, color: "#fff", weight: 3, fillColor: token("--y-seal"), fillOpacity: 1,
      }).addTo(map);
    }
  }
}

if (!customElements.get("y-map")) customElements.define("y-map", PlaceMap);
