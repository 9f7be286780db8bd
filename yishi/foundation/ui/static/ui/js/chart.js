// <y-chart>: an ECharts drawing from plain JSON. The figure is said in words in the table below it.
import { inline, json, script } from "./load.js";

class Chart extends HTMLElement {
  async connectedCallback() {
    this.refresh = this.refresh.bind(this);
    this.resize = new ResizeObserver(() => this.chart?.resize());
    try {
      const { lib, mapUrl, mapName } = this.dataset;
      const [option, shapes] = await Promise.all([
        this.read(), mapUrl ? json(mapUrl) : null, script(lib),
      ]);
      if (!this.isConnected) return;
      if (shapes) window.echarts.registerMap(mapName, shapes);
      this.dataset.ready = "";
      this.chart = window.echarts.init(this, this.theme(), { renderer: "canvas" });
      this.show(option);
      this.resize.observe(this);
      if (this.dataset.linksId) this.chart.on("click", (on) => this.open(on.name));
      if (this.dataset.url) document.addEventListener("yishi:refresh", this.refresh);
    } catch (problem) {
      console.warn(problem);
    }
  }

  disconnectedCallback() {
    document.removeEventListener("yishi:refresh", this.refresh);
    this.resize?.disconnect();
    this.chart?.dispose();
    this.chart = undefined;
  }

  read() {
    return this.dataset.url ? json(this.dataset.url) : Promise.resolve(inline(this.dataset.optionId));
  }

  // A way to the same pages that the table beside it links to; keyboards use those.
  open(name) {
    const url = inline(this.dataset.linksId)?.[name];
    if (url) location.assign(url);
  }

  async refresh() {
    try {
      this.show(await this.read());
    } catch (problem) {
      console.warn(problem);
    }
  }

  // The tokens of the page as an ECharts theme.
  theme() {
    const style = getComputedStyle(this);
    const token = (name) => style.getPropertyValue(name).trim();
    const fontSize = Math.round(parseFloat(getComputedStyle(document.documentElement).fontSize) * (parseFloat(this.dataset.font) || 0.875));
    const text = { color: token("--y-ink"), fontFamily: style.fontFamily, fontSize };
    const quiet = { ...text, color: token("--y-muted") };
    const axis = {
      axisLabel: quiet,
      nameTextStyle: quiet,
      axisLine: { lineStyle: { color: token("--y-line-strong") } },
      splitLine: { lineStyle: { color: token("--y-line") } },
    };
    const dark = document.documentElement.classList.contains("screen-root");
    return {
      color: dark
        ? ["#4fb6d6", "#f0b45b", "#6fd6a0", "#e58a7b", "#a9b7e8", "#d8c979"]
        : ["#0b5a74", "#c97a1a", "#17643f", "#a8401f", "#55669e", "#7a6a1f"],
      textStyle: text,
      title: { textStyle: text },
      legend: { textStyle: text },
      tooltip: { backgroundColor: token("--y-surface"), borderColor: token("--y-line-strong"), textStyle: text },
      visualMap: { textStyle: quiet },
      categoryAxis: axis,
      valueAxis: axis,
      timeAxis: axis,
      map: { label: quiet, itemStyle: { areaColor: token("--y-brand-soft"), borderColor: token("--y-line-strong") } },
    };
  }

  // Tooltips are drawn on the canvas: markup with style attributes is refused by the site's policy.
  show(option) {
    this.chart.setOption({
      animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
      animationDuration: 400,
      ...option,
      tooltip: option?.tooltip && { ...option.tooltip, renderMode: "richText" },
    });
  }
}

if (!customElements.get("y-chart")) customElements.define("y-chart", Chart);
