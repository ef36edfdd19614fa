"use strict";
const CODES = { mine: "Mi", refinery: "Re", heavy: "He", metal: "Me", magnet: "Ma", recycler: "Rc" };
const SUPPLIERS = ["China (offers)", "Other offers"];
let net, sankey, supplied, mapped;

// The suppliers above and the regions on a ring, as far apart as the picture allows; returns their places and the radius of a region.
function ring(width, height) {
  const names = [...SUPPLIERS, ...Object.keys(data.colours.regions)];
  const angle = (k) => -Math.PI / 2 - Math.PI / names.length + (2 * Math.PI * k) / names.length;
  const at = (k, r) => [width / 2 + Math.cos(angle(k)) * (width / 2 - r - 40), height / 2 - 8 + Math.sin(angle(k)) * (height / 2 - r - 26)];
  const apart = Math.min(...names.map((_, k) => Math.hypot(at(k, 66)[0] - at(k + 1, 66)[0], at(k, 66)[1] - at(k + 1, 66)[1])));
  const radius = Math.min(66, 0.36 * apart);
  return { radius, places: Object.fromEntries(names.map((name, k) => [name, at(k, radius)])) };
}

// Inside a region its stages are on a ring of their own, each at its own place, so that none covers another.
function circles(year, of, { radius, places }, largest) {
  const stages = Object.keys(data.colours.stages);
  return year.plants.filter((p) => p[of] > 0).map((plant) => {
    const angle = -Math.PI / 2 + (2 * Math.PI * stages.indexOf(plant.stage)) / stages.length;
    const [x, y] = places[plant.region], size = Math.max(4, 0.56 * radius * Math.sqrt(plant[of] / largest));
    return { id: `${plant.region} ${plant.stage}`, name: `${plant.region}: ${plant.stage}`, amount: plant[of], value: [x + Math.cos(angle) * 0.6 * radius, y + Math.sin(angle) * 0.6 * radius],
      symbolSize: size, itemStyle: { color: data.colours.stages[plant.stage], borderColor: "rgba(128,128,128,0.8)", borderWidth: 0.5 },
      label: { show: size >= 17, position: "inside", color: "#ffffff", fontSize: 10, fontWeight: 700, formatter: CODES[plant.stage] } };
  });
}

function drawNetwork(k, of) {
  const year = data.network[k], width = net.place.clientWidth || 1000, height = net.place.clientHeight || 620;
  const where = ring(width, height);
  const largest = Math.max(1e-9, ...data.network.flatMap((y) => y.plants.map((p) => p[of])));
  const widest = Math.max(1e-9, ...data.network.flatMap((y) => y.trade_links.map((a) => a[of])));
  const nodes = Object.entries(where.places).map(([name, value]) => ({
    id: name, name, value, symbolSize: SUPPLIERS.includes(name) ? 26 : 2 * where.radius,
    itemStyle: SUPPLIERS.includes(name) ? { color: "#888888" } : { color: "#eef2f4", borderColor: data.colours.regions[name], borderWidth: 2 },
    label: { show: true, position: "bottom", distance: 4, color: printing.color, fontWeight: 600, formatter: name },
  }));
  const colour = (stage) => data.colours.stages[stage === "scrap" ? "recycler" : stage];
  const count = {};
  const links = year.trade_links.filter((a) => a[of] > 0.05 && where.places[a.from] && where.places[a.to]).map((a) => {
    const key = [a.from, a.to].sort().join();
    count[key] = (count[key] ?? 0) + 1;
    return { source: a.from, target: a.to, amount: a[of], name: `${a.stage}: ${a.from} to ${a.to}`,
      lineStyle: { width: 1 + 9 * Math.sqrt(a[of] / widest), color: colour(a.stage), opacity: 0.7, curveness: 0.08 + 0.06 * count[key] } };
  });
  const axis = (max, more) => ({ type: "value", min: 0, max, show: false, ...more });
  net.chart.setOption(common({
    tooltip: { confine: true, formatter: (p) => `${echarts.format.encodeHTML(p.data.name)}${p.data.amount === undefined ? "" : `<br>${number(p.data.amount)} t ${of} a year`}` },
    grid: { left: 0, right: 0, top: 0, bottom: 0 }, xAxis: axis(width), yAxis: axis(height, { inverse: true }),
    series: [{ type: "graph", coordinateSystem: "cartesian2d", data: [...nodes, ...circles(year, of, where, largest)], links, edgeSymbol: ["none", "arrow"], edgeSymbolSize: 9 }],
  }), true);
  net.place.dataset.links = links.length;
  net.caption.textContent = `What plants made and what was moved in ${year.year}: ${of} contained, t a year`;
  byId("network-scale").textContent = `Area of a circle: the ${of} contained in what the plants of that stage made in the year; the largest of all years is ${number(largest)} t. Width of an arrow: the ${of} contained in what was shipped or bought; the widest is ${number(widest)} t.`;
  const name = (a) => [a.stage, a.from, a.to, a[of]];
  net.scroll.replaceChildren(
    table(["region", "stage", "on line, t/year in the unit of the stage", "throughput, t/year in that unit", `${of} contained in what was made, t/year`], year.plants.map((p) => [p.region, p.stage, p.online, p.ran, p[of]])),
    table(["stage", "from", "to", `${of} contained, t/year`], year.trade_links.filter((a) => a[of] > 0.05).map(name)));
}

function drawChain(k, of) {
  const { year, links: every } = data.chain[k], links = every.filter((l) => l[of] > 0.05);
  const names = [...new Set(links.flatMap((l) => [l.from, l.to]))];
  const region = (name) => data.colours.regions[name.split(", ").at(-1)];
  const last = (name) => name.startsWith("Demand, ") || name === "Sold outside";
  sankey.chart.setOption(common({
    tooltip: { confine: true, formatter: (p) => p.dataType === "edge"
      ? `${echarts.format.encodeHTML(p.data.source)} to ${echarts.format.encodeHTML(p.data.target)}<br>${data.colours.level_words[p.data.level]}: ${number(p.data.value, 1)} t ${of}`
      : `${echarts.format.encodeHTML(p.name)}: ${number(p.value, 1)} t ${of}` },
    series: [{
      type: "sankey", nodeGap: 16, nodeWidth: 14, left: 10, right: 10, top: 10, bottom: 10, draggable: false, emphasis: { focus: "adjacency" }, layoutIterations: 64,
      label: { color: printing.color, fontSize: 11 },
      data: names.map((name) => ({ name, itemStyle: { color: region(name) ?? "#888888" }, label: { position: last(name) ? "left" : "right" } })),
      links: links.map((l) => ({ source: l.from, target: l.to, value: l[of], level: l.level, lineStyle: { color: data.colours.levels[l.level], opacity: 0.75 } })),
    }],
  }), true);
  sankey.place.dataset.links = links.length;
  sankey.place.dataset.year = year;
  sankey.place.dataset.of = of;
  sankey.caption.textContent = `From mine to magnet in ${year}: ${of} contained, t a year`;
  sankey.scroll.replaceChildren(table(["from", "to", "touched China", `${of} contained, t/year`], links.map((l) => [l.from, l.to, data.colours.level_words[l.level], l[of]])));
}

// From the sources of a year, plant by plant, to the users: bands as wide as the tonnes delivered by that way.
function drawSuppliers(k) {
  const { year, links, relied_on: rows } = data.suppliers[k];
  const names = [...new Set(links.flatMap((l) => [l.from, l.to]))];
  const ends = new Set(links.map((l) => l.to));
  links.forEach((l) => ends.delete(l.from));
  const tip = (name, t) => `${echarts.format.encodeHTML(name)}: ${number(t, 1)} t`;
  supplied.chart.setOption(common({
    tooltip: { confine: true, formatter: (p) => p.dataType === "edge" ? tip(`${p.data.source} to ${p.data.target}, ${data.colours.level_words[p.data.level]}`, p.data.value) : tip(p.name, p.value) },
    series: [{
      type: "sankey", nodeGap: 9, nodeWidth: 12, left: 10, right: 10, top: 10, bottom: 10, draggable: false, emphasis: { focus: "adjacency" }, layoutIterations: 64,
      label: { color: printing.color, fontSize: 11 },
      data: names.map((name) => ({ name, itemStyle: { color: "#888888" }, label: { position: ends.has(name) ? "left" : "right" } })),
      links: links.map((l) => ({ source: l.from, target: l.to, value: l.t, level: l.level, lineStyle: { color: data.colours.levels[l.level], opacity: 0.6 } })),
    }],
  }), true);
  supplied.place.dataset.links = links.length;
  supplied.caption.textContent = `Who supplied whom in ${year}: t delivered`;
  supplied.scroll.replaceChildren(table(["from", "to", "touched China", "t/year"], links.map((l) => [l.from, l.to, data.colours.level_words[l.level], l.t])));
  const columns = ["project_name", "stage", "region", "passed_t", "passed_percent"];
  byId("relied-on").replaceChildren(rows.length ? table(columns, rows.map((r) => columns.map((c) => r[c]))) : element("p", "Nothing that is delivered passed through a plant."));
}

// An SVG of its own, in tenths of a degree: coasts, lines from plant to plant, a circle for each plant, names where there is room.
function drawMap(k) {
  const { land, places, years } = data.map, { year, plants, flows } = years[k];
  const svg = (name, attributes, text) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text) made.append(Object.assign(document.createElementNS("http://www.w3.org/2000/svg", "title"), { textContent: text }));
    return made;
  };
  const point = (p) => [10 * places[p].at[0], -10 * places[p].at[1]];
  const largest = Math.max(1e-9, ...years.flatMap((y) => Object.values(y.plants))), widest = Math.max(1e-9, ...years.flatMap((y) => y.flows.map((f) => f.t)));
  const radius = (t) => (t > 0 ? 8 + 62 * Math.sqrt(t / largest) : 9);
  const drawing = svg("svg", { viewBox: "-1800 -780 3600 1340", role: "img", "aria-label": `Map of the plants on line in ${year}` });
  drawing.append(svg("path", { d: land, class: "land" }));
  for (const f of flows) {
    const [a, b] = [point(f.from), point(f.to)], bend = 0.12 * Math.hypot(b[0] - a[0], b[1] - a[1]);
    const line = svg("path", { d: `M${a}Q${(a[0] + b[0]) / 2} ${(a[1] + b[1]) / 2 - bend} ${b}`, class: "flow" }, `${places[f.from].name} to ${places[f.to].name}: ${number(f.t, 1)} t`);
    line.setAttribute("stroke-width", String(2 + 24 * Math.sqrt(f.t / widest)));
    drawing.append(line);
  }
  const order = Object.entries(plants).sort((x, y) => y[1] - x[1]);
  for (const [p, t] of order) {
    const [x, y] = point(p), r = radius(t), colour = data.colours.stages[places[p].stage];
    drawing.append(svg("circle", { cx: x, cy: y, r, fill: t > 0 ? colour : "none", stroke: t > 0 ? "#ffffff" : colour, "stroke-width": t > 0 ? 4 : 5, "fill-opacity": 0.8 }, `${places[p].name} (${places[p].stage}): ${number(t, 1)} t passed it`));
  }
  mapped.place.replaceChildren(drawing);
  // A name only where it covers no other and stays on the map: those of larger plants come first. The browser says how wide it is.
  const named = [];
  for (const [p, t] of order.filter(([, t]) => t > 0)) {
    const [x, y] = point(p), gap = radius(t) + 8, label = svg("text", { y: y + 12 });
    label.append(places[p].name);
    drawing.append(label);
    const wide = Math.max(label.getComputedTextLength(), 17 * places[p].name.length);
    const from = x + gap + wide > 1780 ? x - gap - wide : x + gap;
    label.setAttribute("x", from);
    if (from < -1790 || named.some(([a, b, w]) => Math.abs(b - y) < 50 && from < a + w + 12 && a < from + wide + 12)) label.remove();
    else named.push([from, y, wide]);
  }
  mapped.place.dataset.plants = order.length;
  mapped.caption.textContent = `Plants on line in ${year}, and what passed from one to the next, t delivered`;
  mapped.scroll.replaceChildren(
    table(["plant", "stage", "longitude", "latitude", "passed it, t/year"], order.map(([p, t]) => [places[p].name, places[p].stage, ...places[p].at.map(String), t])),
    table(["from", "to", "t/year"], flows.map((f) => [places[f.from].name, places[f.to].name, f.t])));
}

// Bars from decision to the end of life: pale while permitted and built, in the colour of the stage once on line.
function drawTimeline() {
  const rows = data.investments;
  const columns = ["project_name", "project", "stage", "region", "decision_year", "online_year", "capacity_t_per_year", "capex_musd", "support_musd"];
  const describe = `${rows.length} bars from the year of decision to the end of the plan.`;
  const made = figure("timeline-chart", "timeline-bars", "When each investment is decided, built and on line", describe, columns, rows.map((r) => columns.map((c) => r[c])));
  const first = data.years[0], last = data.years.at(-1) + 1;
  const labels = rows.map((r) => `${r.project_name} (${r.region}${r.branch === undefined ? "" : `; ${r.branch}`})`);
  const longest = 20 + 5.5 * Math.max(0, ...labels.map((l) => l.length)), left = Math.min(longest, made.place.clientWidth / 2);
  made.place.style.height = `${Math.max(160, 90 + (longest > left ? 25 : 17) * rows.length)}px`;
  made.chart.resize();
  const end = (r) => Math.min(r.ends_year, last);
  const bar = (name, value, colours) => ({ name, type: "bar", stack: "all", barCategoryGap: "25%", silent: name === "before",
    data: rows.map((r) => ({ value: value(r), row: r, itemStyle: { color: colours(r) } })) });
  made.chart.setOption(common({
    tooltip: { confine: true, formatter: (p) => { const r = p.data.row; return `${echarts.format.encodeHTML(r.project_name)}<br>decided ${r.decision_year}, on line ${r.online_year}<br>${number(r.capacity_t_per_year)} t/year, ${number(r.capex_musd)} M USD, of which public ${number(r.support_musd)}`; } },
    grid: { left, right: 20, top: 30, bottom: 30 },
    xAxis: { type: "value", position: "top", min: 0, max: last - first, interval: 1, axisLabel: { color: printing.color, hideOverlap: true, formatter: (v) => (v < last - first ? String(first + v) : "") }, splitLine: { lineStyle: { color: printing.soft } } },
    yAxis: { type: "category", inverse: true, data: labels, axisLabel: { color: printing.color, interval: 0, fontSize: 10, lineHeight: 11, width: left - 12, overflow: "break" } },
    series: [
      bar("before", (r) => r.decision_year - first, () => "transparent"),
      bar("permitted and built", (r) => Math.min(r.online_year, last) - r.decision_year, () => "#d9c79a"),
      bar("on line", (r) => Math.max(0, end(r) - Math.min(r.online_year, last)), (r) => data.colours.stages[r.stage]),
    ],
  }));
  made.place.dataset.bars = rows.length;
}

// For a plan for several scenarios: the tree, the cost of each scenario along its path, and its results.
function drawScenarios() {
  byId("scenarios").hidden = byId("to-scenarios").hidden = false;
  const rows = data.scenarios, columns = Object.keys(rows[0]);
  drawTree();
  for (const [name, spec] of Object.entries(data.scenario_charts)) draw(name.replaceAll("_", "-"), spec, "scenario-charts");
  byId("scenario-table").append(table(columns, rows.map((r) => columns.map((c) => r[c]))));
  byId("planned-for").hidden = !data.planned_for.length;
  if (data.planned_for.length) byId("planned-for-table").append(table(Object.keys(data.planned_for[0]), data.planned_for.map(Object.values)));
  const now = data.decisions.filter((r) => r.when.startsWith("now")), later = data.decisions.filter((r) => !r.when.startsWith("now"));
  for (const [id, of] of [["decide-now", now], ["decide-later", later]])
    byId(id).append(of.length ? table(Object.keys(of[0]), of.map(Object.values)) : element("p", "None."));
}

// What governments give, and what plants cost against market prices.
function drawMoney() {
  byId("money").hidden = byId("to-money").hidden = false;
  byId("governments").hidden = !data.governments.length;
  byId("prices").hidden = !Object.keys(data.money_charts).some((name) => name.startsWith("cost"));
  for (const [name, spec] of Object.entries(data.money_charts)) draw(name.replaceAll("_", "-"), spec, spec.kind === "stacked bar" ? "government-charts" : "price-charts");
  if (data.governments.length) byId("government-table").append(table(Object.keys(data.governments[0]), data.governments.map(Object.values)));
}

// One line for each scenario: with the base until it is revealed, then its own. Circles: decisions, sized by their capex.
function drawTree() {
  const tree = data.tree, years = data.tree_years;
  const points = tree.flatMap((timeline, k) => Object.entries(timeline.decided).map(([year, [count, capex, names]]) => ({ value: [Number(year), k], timeline, year, count, capex, names })));
  const largest = Math.max(1, ...points.map((p) => p.capex));
  const { chart, place } = figure("tree-chart", "tree", "The tree of scenarios", `${tree.length} lines, one for each scenario; each leaves the base in the year in which it is revealed.`,
    ["scenario", "probability, %", "revealed", "cost, M USD", "not met, t", "decisions of its own"], tree.map((l) => [l.scenario, l.probability_percent, l.reveal === null ? "" : String(l.reveal), l.cost_musd, l.not_met_t, Object.values(l.decided).reduce((n, d) => n + d[0], 0)]));
  const last = years.at(-1), before = (year) => years.filter((y) => y < year).at(-1) ?? year - 1;
  place.style.height = `${Math.max(260, 60 + 44 * tree.length)}px`;
  chart.resize();
  chart.setOption(common({
    tooltip: { confine: true, formatter: (p) => p.data.names ? `${echarts.format.encodeHTML(p.data.timeline.scenario)}, ${p.data.year}: ${p.data.count} decisions, ${number(p.data.capex)} M USD<br>${p.data.names.map((n) => echarts.format.encodeHTML(n)).join("<br>")}` : echarts.format.encodeHTML(p.seriesName) },
    grid: { left: 16, right: 230, top: 16, bottom: 36 },
    xAxis: { type: "value", min: years[0] - 1, max: last, interval: 1, axisLabel: { color: printing.color, formatter: (v) => (v < years[0] ? "" : String(v)), hideOverlap: true }, splitLine: { show: false } },
    yAxis: { type: "value", min: -0.5, max: tree.length - 0.5, inverse: true, show: false },
    series: [
      ...tree.map((timeline, k) => ({
        name: timeline.scenario, type: "line", symbol: "none", lineStyle: { color: timeline.colour, width: 1.5 + timeline.probability_percent / 8 }, z: 1,
        data: k === 0 ? [[years[0], 0], [last, 0]] : timeline.reveal === null ? [[last, 0], [last, 0]] : [[before(timeline.reveal), 0], [timeline.reveal, k], [last, k]],
        endLabel: { show: true, color: printing.color, formatter: () => `${timeline.scenario} (${number(timeline.probability_percent, 1)} %) ${number(timeline.cost_musd)}` },
      })),
      { name: "decisions", type: "scatter", z: 2, data: points, symbolSize: (v, p) => 8 + 26 * Math.sqrt(p.data.capex / largest), itemStyle: { color: "#4a4f55", opacity: 0.9 }, label: { show: true, color: "#ffffff", fontSize: 10, formatter: (p) => p.data.count } },
    ],
  }));
  place.dataset.timelines = tree.length;
}

function legend(id, entries) {
  for (const [word, colour] of entries) {
    const item = element("li", word);
    item.prepend(patch(colour));
    byId(id).append(item);
  }
}

// The fact sheet of the project chosen.
function showProject() {
  const chosen = data.projects.find((p) => p.project === byId("of-project").value);
  const made = element("table", null, { class: "facts" });
  for (const [what, text] of chosen ? [["Name", `${chosen.name} (${chosen.project})`], ["Stage", chosen.stage], ...chosen.facts] : []) {
    const line = made.insertRow();
    line.append(element("th", what, { scope: "row" }));
    line.append(element("td", text, { class: "wide" }));
  }
  byId("project-facts").replaceChildren(made);
}

const PAGE = 200;

function showTable() {
  const chosen = data.tables.find((t) => t.name === byId("table").value);
  if (!chosen) return;
  const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const hits = chosen.rows.filter((row) => { const text = row.join(" ").toLowerCase(); return words.every((w) => text.includes(w)); });
  byId("table-shown").replaceChildren(table(chosen.columns, hits.slice(0, PAGE)));
  const left = chosen.left_out ? ` (${number(chosen.left_out)} rows are only in results.xlsx)` : "";
  byId("found").textContent = `${number(hits.length)} rows${hits.length > PAGE ? `, the first ${PAGE} shown` : ""}${left}`;
}

function choose(k, of) {
  byId("year").value = k;
  const year = data.network[k].year;
  byId("year-shown").textContent = year;
  byId("year").setAttribute("aria-valuetext", String(year));
  byId("of").value = of;
  drawNetwork(k, of);
  drawChain(k, of);
  drawSuppliers(k);
  if (mapped) drawMap(k);
}

function chosen() {
  choose(Number(byId("year").value), byId("of").value);
  history.replaceState(null, "", `#${new URLSearchParams({ year: data.network[Number(byId("year").value)].year, of: byId("of").value })}`);
}

function fromAddress() {
  const chosen = new URLSearchParams(location.hash.slice(1));
  const k = data.network.findIndex((n) => n.year === Number(chosen.get("year")));
  return [k < 0 ? data.network.length - 1 : k, data.contained.groups.includes(chosen.get("of")) ? chosen.get("of") : data.contained.groups[0]];
}

function facts(run, prefix = "") {
  return Object.entries(run).flatMap(([k, v]) => (v !== null && typeof v === "object" ? facts(v, `${prefix}${headingOf(k)}: `) : [[prefix + headingOf(k), v === null ? "" : k === "scenario" || k === "status" ? String(v).replaceAll("_", " ") : String(v)]]));
}

function start() {
  for (const figure of data.key_numbers) {
    const card = element("div");
    card.append(element("dt", figure.label), element("dd", number(figure.value, figure.digits), { "data-name": figure.name, "data-value": figure.value }));
    byId("key-numbers").append(card);
  }
  for (const [name, spec] of Object.entries(data.charts)) draw(name, spec);
  const stages = Object.entries(data.colours.stages), regions = Object.entries(data.colours.regions);
  legend("stage-legend", [["permitted and built", "#d9c79a"], ...stages.map(([stage, colour]) => [`${stage}, on line`, colour])]);
  legend("network-legend", stages.map(([stage, colour]) => [`${CODES[stage]}: ${stage}${stage === "recycler" ? " (arrow: scrap)" : ""}`, colour]));
  legend("region-legend", [...regions, ["goods, suppliers", "#888888"]]);
  for (const of of data.contained.groups) byId("of").append(element("option", of, { value: of }));
  for (const place of document.querySelectorAll(".contained")) place.textContent = data.contained.meaning;
  legend("level-legend", data.colours.level_words.map((word, k) => [word, data.colours.levels[k]]));
  if (data.network.length) {
    net = figure("network-chart", "network-map", "What plants made and what was moved", "Regions as large circles with a circle for each stage, shipments and purchases as arrows; the numbers stand below.", [], []);
    sankey = figure("chain-chart", "chain-flow", "Flows from mine to magnet", "Bands as wide as the tonnes, from mines on the left to demand on the right.", [], []);
    supplied = figure("suppliers-chart", "suppliers-flow", "Who supplied whom", "Bands as wide as the tonnes delivered, from mines, offers and stocks on the left by plant to users on the right.", [], []);
    if (data.map) {
      byId("map").hidden = byId("to-map").hidden = false;
      legend("map-legend", Object.entries(data.colours.stages));
      mapped = pictured("map-chart", "world-map", "Map", `Plants on line at their places${data.map.without_place ? `; ${data.map.without_place} have none` : ""}; the numbers stand below.`);
    }
    byId("year").max = data.network.length - 1;
    byId("year").addEventListener("input", chosen);
    byId("of").addEventListener("change", chosen);
    choose(...fromAddress());
  }
  if (data.investments.length) drawTimeline();
  if (data.governments.length || Object.keys(data.money_charts).length) drawMoney();
  if (data.scenarios.length) drawScenarios();
  byId("target-table").append(table(["Target", "Met from", "Years missed", "Missed (t)"], data.targets.map((t) => [t.name, t.met_from === null ? "never" : String(t.met_from), t.years_missed, t.shortfall_t])));
  const shares = data.evidence.shares, weak = data.evidence.weak_inputs;
  if (shares.length) byId("evidence-shares").append(table(Object.keys(shares[0]), shares.map(Object.values)));
  if (weak.length) byId("evidence-weak").append(table(Object.keys(weak[0]), weak.map(Object.values), ["note", "input"]));
  for (const t of data.tables) byId("table").append(element("option", headingOf(t.name), { value: t.name }));
  byId("table").addEventListener("change", showTable);
  for (const p of data.projects) byId("of-project").append(element("option", `${p.name} (${p.stage})`, { value: p.project }));
  byId("of-project").addEventListener("change", showProject);
  showProject();
  byId("search").addEventListener("input", showTable);
  showTable();
  byId("run-table").append(table(["Fact", "Value"], [...facts(data.run), ...Object.entries(data.checks).map(([rule, size]) => [`Largest breach, ${rule}`, size.toExponential(1)])]));
}

show(start);
