"use strict";
// Everything from the data is put on the page as text. Charts are SVG, so they print sharp and a screen reader finds their labels.
const data = JSON.parse(document.getElementById("data").textContent);
// Texts of charts take the page's colour by the style sheet, so that they can be read on dark screens and on paper alike.
const printing = { color: "#1b1b1b", soft: "rgba(128,128,128,0.35)" };
const headingOf = (column) => (data.headings ?? {})[column] ?? column;
const drawn = [];
const byId = (id) => document.getElementById(id);
// A number with so many digits after the point; of a smaller one than they can tell from 0 the first two that are not 0.
const NOISE = 1e-6;
const number = (value, digits = 0) => {
  const size = Math.abs(Number(value));
  const few = size > NOISE && size < 10 ** -digits ? { maximumSignificantDigits: 2 } : { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return Number(value).toLocaleString("en-US", few);
};

// Labels of an axis with the digits that tell them apart: 0.5, 1, 1.5 and not 1, 1, 2.
const onAxis = (value) => Number(value).toLocaleString("en-US", { maximumSignificantDigits: 12 });

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text !== undefined && text !== null) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

// A table from columns and rows; numbers are aligned and rounded for reading.
function table(columns, rows, wide = []) {
  const made = element("table");
  const head = made.createTHead().insertRow();
  const numeric = columns.map((_, k) => rows.some((row) => typeof row[k] === "number"));
  columns.forEach((column, k) => head.append(element("th", headingOf(column), { scope: "col", class: numeric[k] ? "number" : "" })));
  const body = made.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    row.forEach((value, k) => {
      const cell = line.insertCell();
      cell.textContent = value === null || value === undefined ? "" : typeof value === "number" ? shown(value, columns[k]) : value;
      cell.className = wide.includes(columns[k]) ? "wide" : typeof value === "number" ? "number" : "";
    });
  }
  return made;
}

function shown(value, column) {
  if (/year|level|modules$/.test(column) && Number.isInteger(value)) return String(value);
  if (value !== 0 && Math.abs(value) < 1) return value.toPrecision(3);
  if (Number.isInteger(value)) return number(value);
  return number(value, Math.abs(value) < 10 ? 2 : 1);  // 1.35 times is not 1.4 times
}

// A chart in a figure with its caption, its description for screen readers, and its numbers as a table.
// A figure without its drawing: a place for it, and the numbers below. `kind` is the class of the place.
function pictured(parent, name, title, describe, columns = [], rows = [], kind = "map") {
  const made = element("figure", null, { id: `figure-${name}` });
  const caption = element("figcaption", title);
  made.append(caption);
  const place = element("div", null, { class: kind, role: "img", "aria-label": `${title}. ${describe}` });
  made.append(place);
  const more = element("details");
  more.append(element("summary", "The numbers"));
  const scroll = element("div", null, { class: "scroll" });
  scroll.append(table(columns, rows));
  more.append(scroll);
  made.append(more);
  byId(parent).append(made);
  return { place, scroll, caption };
}

function figure(parent, name, title, describe, columns, rows) {
  const made = pictured(parent, name, title, describe, columns, rows, "chart");
  const chart = echarts.init(made.place, null, { renderer: "svg" });
  drawn.push(chart);
  return { chart, ...made };
}

const common = (extra) => ({
  animation: false,
  textStyle: { color: printing.color, fontFamily: "Arial, Helvetica, sans-serif" },
  aria: { enabled: false },
  tooltip: { trigger: "item", confine: true },
  ...extra,
});

const FAN = "area between ";

// The area between two series of a chart: one line that is not seen, and what the other is above it.
const fan = (spec) => ([low, high], k) => {
  const [below, above] = [low, high].map((name) => spec.series.find((s) => s.name === name));
  const area = { type: "line", stack: `fan ${k}`, symbol: "none", silent: true, lineStyle: { opacity: 0 }, itemStyle: { color: above.colour } };
  return [
    { ...area, name: `${FAN}${low}`, data: below.values },
    { ...area, name: `${FAN}${low} and ${high}`, data: above.values.map((v, at) => v - below.values[at]), areaStyle: { color: above.colour, opacity: 0.2 } },
  ];
};

function draw(name, spec, parent = "chart-grid") {
  if (spec.kind.endsWith("bar")) return drawBars(name, spec, parent);
  if (spec.kind === "step") return drawSteps(name, spec, parent);
  const columns = ["", ...spec.series.map((s) => s.name)];
  const rows = spec.labels.map((label, k) => [label, ...spec.series.map((s) => s.values[k] ?? null)]);
  const describe = `${spec.kind === "line" ? "Lines" : "Stacked columns"} of ${spec.series.map((s) => s.name).join(", ")} in ${spec.unit}, ${spec.labels[0] ?? ""} to ${spec.labels.at(-1) ?? ""}.`;
  const { chart, place, caption } = figure(parent, name, spec.title, describe, columns, rows);
  caption.after(keys(chart, spec.series));
  const longest = Math.max(0, ...spec.labels.map((l) => l.length)), slanted = longest * spec.labels.length > 40;
  const broken = slanted && longest > 8; // a width counts for the room below the axis, also of labels that do not need it
  const line = spec.kind === "line", fans = (spec.fans ?? []).flatMap(fan(spec));
  const tip = (items) => items.filter((i) => !i.seriesName.startsWith(FAN)).map((i) => `${i.marker}${echarts.format.encodeHTML(i.seriesName)}: ${i.value === null || i.value === undefined ? "" : number(i.value, 1)}`);
  chart.setOption(
    common({
      tooltip: { trigger: "axis", confine: true, ...(fans.length ? { formatter: (items) => [echarts.format.encodeHTML(items[0].axisValueLabel), ...tip(items)].join("<br>") } : { valueFormatter: (v) => (v === null || v === undefined ? "" : number(v, 1)) }) },
      legend: { show: false },
      grid: { left: 64, right: 16, top: 34, bottom: broken ? 110 : slanted ? 50 : 28 },
      xAxis: { type: "category", data: spec.labels, axisLabel: { color: printing.color, rotate: slanted ? 45 : 0, hideOverlap: true, ...(broken ? { width: 130, lineHeight: 12, overflow: "break" } : {}) } },
      yAxis: { type: "value", name: spec.unit, nameTextStyle: { color: printing.color, align: "left" }, axisLabel: { color: printing.color, formatter: onAxis },
        splitLine: { lineStyle: { color: printing.soft } }, ...(spec.unit.startsWith("%") ? { min: 0, max: 100 } : {}) },
      series: fans.concat(spec.series.map((s) => ({
        name: s.name, data: s.values, type: line ? "line" : "bar", stack: line ? undefined : "all", symbol: "none", itemStyle: line ? { color: s.colour } : { color: s.colour, borderColor: "rgba(128,128,128,0.7)", borderWidth: 0.5 },
        lineStyle: line ? { color: s.colour, width: 1.2 * s.width, type: s.dashed ? "dashed" : "solid" } : undefined,
      }))),
    }),
  );
  place.dataset.series = spec.series.length;
}

// Bars from left to right, one under the other or stacked, with long names beside them; the first row is at the bottom.
function drawBars(name, spec, parent) {
  const rows = spec.labels.map((label, k) => [label, ...spec.series.map((s) => s.values[k] ?? null)]).reverse();
  const describe = `Bars of ${spec.series.map((s) => s.name).join(", ")} in ${spec.unit}, for each of ${rows.length}.`;
  const { chart, place, caption } = figure(parent, name, spec.title, describe, ["", ...spec.series.map((s) => s.name)], rows);
  caption.after(keys(chart, spec.series));
  const stacked = spec.kind === "stacked bar", longest = 20 + 5.6 * Math.max(0, ...spec.labels.map((l) => l.length));
  const left = Math.min(longest, 0.45 * (place.clientWidth || 500));
  const lines = Math.max(1, ...spec.labels.map((l) => Math.ceil((5.8 * l.length) / (left - 12)) + (left < longest ? 1 : 0)));
  place.style.height = `${90 + Math.max(stacked ? 24 : 28, 12 * Math.min(4, lines) + 2) * rows.length}px`;
  place.classList.toggle("long", rows.length > 12);
  chart.resize();
  chart.setOption(common({
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, confine: true, valueFormatter: (v) => (v === null || v === undefined ? "" : `${number(v, 1)} ${spec.unit}`) },
    legend: { show: false },
    grid: { left, right: 24, top: 8, bottom: 48 },
    yAxis: { type: "category", data: spec.labels, axisTick: { show: false }, axisLabel: { color: printing.color, interval: 0, fontSize: 10, lineHeight: 11, width: left - 12, overflow: "break" } },
    xAxis: { type: "value", name: spec.unit, nameLocation: "middle", nameGap: 28, nameTextStyle: { color: printing.color }, axisLabel: { color: printing.color, hideOverlap: true, formatter: onAxis },
      splitLine: { lineStyle: { color: printing.soft } }, ...(spec.unit.startsWith("%") ? { min: 0, max: 100 } : {}) },
    series: spec.series.map((s) => ({ name: s.name, type: "bar", stack: stacked ? "all" : undefined, barCategoryGap: "28%", barGap: "0%", data: s.values, itemStyle: { color: s.colour, borderColor: "rgba(128,128,128,0.7)", borderWidth: 0.5 } })),
  }));
  place.dataset.series = spec.series.length;
}

// Lines over tonnes: each plant a step as wide as what it makes; a dashed line is the market price of the same.
function drawSteps(name, spec, parent) {
  const rows = spec.labels.map((label, k) => [label, spec.at[k], ...spec.series.map((s) => s.values[k])]).filter((_, k) => k % 2);
  const describe = `Steps of ${spec.series.map((s) => s.name).join(", ")} in ${spec.unit} over ${spec.across}, ${rows.length} plants.`;
  const { chart, place, caption } = figure(parent, name, spec.title, describe, ["plant", spec.across, ...spec.series.map((s) => s.name)], rows);
  caption.after(keys(chart, spec.series));
  const most = Math.max(...spec.at), digits = most < 10 ? 1 - Math.floor(Math.log10(most)) : 0;
  const axis = (title, more) => ({ type: "value", name: title, nameTextStyle: { color: printing.color, align: "left" }, axisLabel: { color: printing.color, hideOverlap: true, formatter: (v) => (more.max === undefined ? onAxis(v) : number(v, digits)) }, splitLine: { lineStyle: { color: printing.soft } }, ...more });
  chart.setOption(common({
    tooltip: { trigger: "item", confine: true, formatter: (p) => `${echarts.format.encodeHTML(spec.labels[p.dataIndex])}<br>${echarts.format.encodeHTML(p.seriesName)}: ${number(p.value[1], 1)} ${spec.unit}<br>up to ${number(p.value[0], 2)} ${spec.across}` },
    legend: { show: false },
    grid: { left: 56, right: 24, top: 34, bottom: 52 },
    xAxis: axis(spec.across, { min: 0, max: most, nameLocation: "middle", nameGap: 28, nameTextStyle: { color: printing.color, align: "center" }, splitLine: { show: false } }),
    yAxis: axis(spec.unit, { min: 0 }),
    series: spec.series.map((s) => ({ name: s.name, type: "line", symbol: "circle", symbolSize: 4, showSymbol: true, data: spec.at.map((x, k) => [x, s.values[k]]), itemStyle: { color: s.colour }, lineStyle: { color: s.colour, width: 2, type: s.dashed ? "dashed" : "solid" } })),
  }));
  place.dataset.series = spec.series.length;
}

// What the colours of a chart mean, each a button that hides its series and shows it again.
function keys(chart, series) {
  const list = element("ul", null, { class: "legend" });
  for (const s of series) {
    const item = element("li"), button = element("button", s.name, { type: "button", "aria-pressed": "true", title: "hide or show" });
    button.prepend(patch(s.colour, s.dashed));
    button.addEventListener("click", () => {
      chart.dispatchAction({ type: "legendToggleSelect", name: s.name });
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
    });
    item.append(button);
    list.append(item);
  }
  return list;
}

function patch(colour, dashed = false) {
  const made = element("span", null, { "aria-hidden": "true", ...(dashed ? { class: "dashed" } : {}) });
  if (dashed) made.style.borderColor = colour;
  else made.style.background = colour;
  return made;
}

// What is wider than the screen can be reached and moved by the keyboard.
function reachable() {
  for (const wide of document.querySelectorAll(".scroll, figure")) {
    if (wide.tagName === "FIGURE" && wide.scrollWidth <= wide.clientWidth + 1) continue;
    const title = wide.closest("section")?.querySelector("h2")?.textContent ?? "Table";
    wide.setAttribute("tabindex", "0");
    if (wide.tagName !== "FIGURE") for (const [k, v] of Object.entries({ role: "region", "aria-label": title })) wide.setAttribute(k, v);
  }
}

// On paper a chart shrinks as a picture, so it needs to know how large it is on the screen.
function frame() {
  for (const svg of document.querySelectorAll(".chart svg")) svg.setAttribute("viewBox", `0 0 ${svg.getAttribute("width")} ${svg.getAttribute("height")}`);
}

addEventListener("beforeprint", frame);
addEventListener("error", (e) => { document.documentElement.dataset.error = e.message; });

// Title, status and sentences, which every page has.
function heading() {
  byId("title").textContent = data.title;
  byId("status").textContent = data.status;
  if (!data.proven) byId("status").classList.add("open");
  for (const sentence of data.headline) byId("headline").append(element("li", sentence));
}

// Draws the page by its `start`, and marks it as ready.
function show(start) {
  heading();
  start();
  addEventListener("resize", () => { if (!matchMedia("print").matches) drawn.forEach((chart) => chart.resize()); });
  document.documentElement.dataset.ready = "yes";
  drawn.forEach((chart) => chart.resize()); // the first were drawn before the page had found its columns
  frame();
  reachable();
}
