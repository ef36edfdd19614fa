"use strict";
// The regions on a ring, each with its stages as small circles; suppliers stand above.
function positions() {
  const regions = Object.keys(data.colours.regions);
  const found = { "China (offers)": [-260, -330], "other offers": [260, -330] };
  regions.forEach((region, k) => {
    const angle = (2 * Math.PI * (k + 0.5)) / regions.length - Math.PI / 2;
    found[region] = [Math.cos(angle) * 420, Math.sin(angle) * 230 + 30];
  });
  return found;
}

let net, sankey;

function drawNetwork(k) {
  const year = data.network[k];
  const place = positions();
  const stages = Object.keys(data.colours.stages);
  const most = Math.max(1, ...data.network.flatMap((y) => y.plants.map((p) => p.tonnes)));
  const widest = Math.max(1, ...data.network.flatMap((y) => y.arcs.map((a) => a.tonnes)));
  const nodes = Object.entries(place).map(([name, [x, y]]) => ({
    id: name, name, x, y, symbolSize: 18, itemStyle: { color: data.colours.regions[name] ?? "#888888" },
    label: { show: true, position: "bottom", distance: 26, color: printing.color, fontWeight: 600 },
  }));
  for (const plant of year.plants) {
    const [x, y] = place[plant.region];
    const at = (2 * Math.PI * stages.indexOf(plant.stage)) / stages.length;
    nodes.push({ id: `${plant.region} ${plant.stage}`, name: `${plant.region}: ${plant.stage}`, value: plant.tonnes, x: x + Math.cos(at) * 44, y: y + Math.sin(at) * 32,
      symbolSize: 6 + 44 * Math.sqrt(plant.tonnes / most), itemStyle: { color: data.colours.stages[plant.stage], opacity: 0.85 }, label: { show: false } });
  }
  const colour = (stage) => data.colours.stages[stage === "scrap" ? "recycler" : stage];
  const count = {};
  const links = year.arcs.filter((a) => place[a.from] && place[a.to]).map((a) => {
    const key = [a.from, a.to].sort().join();
    count[key] = (count[key] ?? 0) + 1;
    return { source: a.from, target: a.to, value: a.tonnes, name: `${a.stage}: ${a.from} to ${a.to}`,
      lineStyle: { width: 1 + 9 * Math.sqrt(a.tonnes / widest), color: colour(a.stage), opacity: 0.7, curveness: 0.08 + 0.06 * count[key] } };
  });
  net.chart.setOption(common({
    tooltip: { confine: true, formatter: (p) => `${echarts.format.encodeHTML(p.data.name)}${p.data.value === undefined ? "" : `<br>${number(p.data.value)} t a year`}` },
    series: [{ type: "graph", layout: "none", roam: false, preserveAspect: "contain", data: nodes, links, edgeSymbol: ["none", "arrow"], edgeSymbolSize: 9, left: 90, right: 90, top: 40, bottom: 60 }],
  }), true);
  net.place.dataset.links = links.length;
  net.scroll.replaceChildren(table(["stage", "from", "to", "t a year"], year.arcs.map((a) => [a.stage, a.from, a.to, a.tonnes])));
}

function drawChain(k) {
  const { year, links } = data.chain[k];
  const names = [...new Set(links.flatMap((l) => [l.from, l.to]))];
  const region = (name) => data.colours.regions[name.split(", ").at(-1)];
  sankey.chart.setOption(common({
    tooltip: { confine: true, formatter: (p) => p.dataType === "edge"
      ? `${echarts.format.encodeHTML(p.data.source)} to ${echarts.format.encodeHTML(p.data.target)}<br>${data.colours.level_words[p.data.level]}: ${number(p.data.value)} t`
      : `${echarts.format.encodeHTML(p.name)}: ${number(p.value)} t` },
    series: [{
      type: "sankey", nodeGap: 9, nodeWidth: 14, left: 10, right: Math.min(150, sankey.place.clientWidth * 0.25), top: 10, bottom: 10, draggable: false, emphasis: { focus: "adjacency" },
      label: { color: printing.color, fontSize: 11 },
      data: names.map((name) => ({ name, itemStyle: { color: region(name) ?? "#888888" } })),
      links: links.map((l) => ({ source: l.from, target: l.to, value: l.tonnes, level: l.level, lineStyle: { color: data.colours.levels[l.level], opacity: 0.75 } })),
    }],
  }), true);
  sankey.place.dataset.links = links.length;
  sankey.place.dataset.year = year;
  sankey.scroll.replaceChildren(table(["from", "to", "touched China", "t"], links.map((l) => [l.from, l.to, data.colours.level_words[l.level], l.tonnes])));
}

// Bars from decision to the end of life: pale while permitted and built, in the colour of the stage once on line.
function drawTimeline() {
  const rows = data.investments;
  const columns = ["project", "stage", "region", "decision_year", "online_year", "capacity_t_per_year", "capex_musd", "support_musd"];
  const describe = `${rows.length} bars from the year of decision to the end of the plan.`;
  const made = figure("timeline-chart", "timeline-bars", "When each investment is decided, built and on line", describe, columns, rows.map((r) => columns.map((c) => r[c])));
  const first = data.years[0], last = data.years.at(-1) + 1;
  made.place.style.height = `${Math.max(160, 90 + 17 * rows.length)}px`;
  made.chart.resize();
  const left = Math.min(270, made.place.clientWidth * 0.4);
  const end = (r) => Math.min(r.ends_year, last);
  const bar = (name, value, colours) => ({ name, type: "bar", stack: "all", barCategoryGap: "25%", silent: name === "before",
    data: rows.map((r) => ({ value: value(r), row: r, itemStyle: { color: colours(r) } })) });
  made.chart.setOption(common({
    tooltip: { confine: true, formatter: (p) => { const r = p.data.row; return `${echarts.format.encodeHTML(r.project)}<br>decided ${r.decision_year}, on line ${r.online_year}<br>${number(r.capacity_t_per_year)} t/year, ${number(r.capex_musd)} M USD, of which public ${number(r.support_musd)}`; } },
    grid: { left, right: 20, top: 30, bottom: 30 },
    xAxis: { type: "value", position: "top", min: 0, max: last - first, interval: 1, axisLabel: { color: printing.color, hideOverlap: true, formatter: (v) => (v < last - first ? String(first + v) : "") }, splitLine: { lineStyle: { color: printing.soft } } },
    yAxis: { type: "category", inverse: true, data: rows.map((r) => `${r.project} (${r.region})`), axisLabel: { color: printing.color, interval: 0, fontSize: 10, width: left - 12, overflow: "truncate" } },
    series: [
      bar("before", (r) => r.decision_year - first, () => "transparent"),
      bar("permitted and built", (r) => Math.min(r.online_year, last) - r.decision_year, () => "#d9c79a"),
      bar("on line", (r) => Math.max(0, end(r) - Math.min(r.online_year, last)), (r) => data.colours.stages[r.stage]),
    ],
  }));
  made.place.dataset.bars = rows.length;
}

// Where the plan answers several scenarios: the tree, what each costs along its path, and what it comes to.
function drawScenarios() {
  byId("scenarios").hidden = byId("to-scenarios").hidden = false;
  const rows = data.scenarios, columns = Object.keys(rows[0]);
  drawTree();
  for (const [name, spec] of Object.entries(data.scenario_charts)) draw(name.replaceAll("_", "-"), spec, "scenario-charts");
  byId("scenario-table").append(table(columns, rows.map((r) => columns.map((c) => r[c]))));
  const now = data.decisions.filter((r) => r.when.startsWith("now")), later = data.decisions.filter((r) => !r.when.startsWith("now"));
  for (const [id, of] of [["decide-now", now], ["decide-later", later]])
    byId(id).append(of.length ? table(Object.keys(of[0]), of.map(Object.values)) : element("p", "None."));
}

// A lane a scenario: along the base's until it is revealed, then along its own. Circles: decisions there, as large as their capex.
function drawTree() {
  const tree = data.tree, years = data.tree_years;
  const points = tree.flatMap((lane, k) => Object.entries(lane.decided).map(([year, [count, capex, names]]) => ({ value: [Number(year), k], lane, year, count, capex, names })));
  const most = Math.max(1, ...points.map((p) => p.capex));
  const { chart, place } = figure("tree-chart", "tree", "The tree of scenarios", `${tree.length} lanes, one a scenario; each leaves the base in its reveal year.`,
    ["scenario", "odds, %", "revealed", "cost, M USD", "not met, t", "decisions of its own"], tree.map((l) => [l.scenario, l.odds_percent, l.reveal === null ? "" : String(l.reveal), l.cost_musd, l.not_met_t, Object.values(l.decided).reduce((n, d) => n + d[0], 0)]));
  const last = years.at(-1), before = (year) => years.filter((y) => y < year).at(-1) ?? year - 1;
  place.style.height = `${Math.max(260, 60 + 44 * tree.length)}px`;
  chart.resize();
  chart.setOption(common({
    tooltip: { confine: true, formatter: (p) => p.data.names ? `${echarts.format.encodeHTML(p.data.lane.scenario)}, ${p.data.year}: ${p.data.count} decisions, ${number(p.data.capex)} M USD<br>${p.data.names.map((n) => echarts.format.encodeHTML(n)).join("<br>")}` : echarts.format.encodeHTML(p.seriesName) },
    grid: { left: 16, right: 230, top: 16, bottom: 36 },
    xAxis: { type: "value", min: years[0] - 1, max: last, interval: 1, axisLabel: { color: printing.color, formatter: (v) => (v < years[0] ? "" : String(v)), hideOverlap: true }, splitLine: { show: false } },
    yAxis: { type: "value", min: -0.5, max: tree.length - 0.5, inverse: true, show: false },
    series: [
      ...tree.map((lane, k) => ({
        name: lane.scenario, type: "line", symbol: "none", lineStyle: { color: lane.colour, width: 1.5 + lane.odds_percent / 8 }, z: 1,
        data: k === 0 ? [[years[0], 0], [last, 0]] : lane.reveal === null ? [[last, 0], [last, 0]] : [[before(lane.reveal), 0], [lane.reveal, k], [last, k]],
        endLabel: { show: true, color: printing.color, formatter: () => `${lane.scenario} (${number(lane.odds_percent, 1)} %) ${number(lane.cost_musd)}` },
      })),
      { name: "decisions", type: "scatter", z: 2, data: points, symbolSize: (v, p) => 8 + 26 * Math.sqrt(p.data.capex / most), itemStyle: { color: "#222222", opacity: 0.75 }, label: { show: true, color: "#ffffff", fontSize: 10, formatter: (p) => p.data.count } },
    ],
  }));
  place.dataset.lanes = tree.length;
}

function legend(id, entries) {
  for (const [word, colour] of entries) {
    const item = element("li", word);
    const patch = element("span", null, { "aria-hidden": "true" });
    patch.style.background = colour;
    item.prepend(patch);
    byId(id).append(item);
  }
}

const PAGE = 200;

function showTable() {
  const chosen = data.tables.find((t) => t.name === byId("table").value);
  if (!chosen) return;
  const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const hits = chosen.rows.filter((row) => { const text = row.join(" ").toLowerCase(); return words.every((w) => text.includes(w)); });
  byId("table-shown").replaceChildren(table(chosen.columns, hits.slice(0, PAGE)));
  const left = chosen.left_out ? ` (${number(chosen.left_out)} rows stand in results.xlsx alone)` : "";
  byId("found").textContent = `${number(hits.length)} rows${hits.length > PAGE ? `, the first ${PAGE} shown` : ""}${left}`;
}

function chooseYear(k) {
  byId("year").value = k;
  const year = data.network[k].year;
  byId("year-shown").textContent = year;
  byId("year").setAttribute("aria-valuetext", String(year));
  drawNetwork(k);
  drawChain(k);
}

function fromAddress() {
  const year = Number(new URLSearchParams(location.hash.slice(1)).get("year"));
  const k = data.network.findIndex((n) => n.year === year);
  return k < 0 ? data.network.length - 1 : k;
}

function facts(run, prefix = "") {
  return Object.entries(run).flatMap(([k, v]) => (v !== null && typeof v === "object" ? facts(v, `${prefix}${k}.`) : [[prefix + k, v === null ? "" : String(v)]]));
}

function start() {
  for (const figure of data.figures) {
    const card = element("div");
    card.append(element("dt", figure.label), element("dd", number(figure.value, figure.digits), { "data-name": figure.name, "data-value": figure.value }));
    byId("figures").append(card);
  }
  for (const [name, spec] of Object.entries(data.charts)) draw(name, spec);
  legend("stage-legend", Object.entries(data.colours.stages));
  legend("level-legend", data.colours.level_words.map((word, k) => [word, data.colours.levels[k]]));
  if (data.network.length) {
    net = figure("network-chart", "network-map", "Capacity and shipments", "Regions as circles, shipments as arrows.", [], []);
    sankey = figure("chain-chart", "chain-flow", "Flows from mine to magnet", "Bands as wide as the tonnes, from mines on the left to demand on the right.", [], []);
    byId("year").max = data.network.length - 1;
    byId("year").addEventListener("input", (e) => { chooseYear(Number(e.target.value)); history.replaceState(null, "", `#year=${data.network[Number(e.target.value)].year}`); });
    chooseYear(fromAddress());
  }
  if (data.investments.length) drawTimeline();
  if (data.scenarios.length) drawScenarios();
  byId("target-table").append(table(["target", "met from", "years missed", "t missed"], data.targets.map((t) => [t.target, t.met_from === null ? "never" : String(t.met_from), t.years_missed, t.missed_t])));
  const shares = data.evidence.shares, leaned = data.evidence.leaned_on;
  if (shares.length) byId("evidence-shares").append(table(Object.keys(shares[0]), shares.map(Object.values)));
  if (leaned.length) byId("evidence-leaned").append(table(Object.keys(leaned[0]), leaned.map(Object.values), ["note"]));
  for (const t of data.tables) byId("table").append(element("option", t.name.replaceAll("_", " "), { value: t.name }));
  byId("table").addEventListener("change", showTable);
  byId("search").addEventListener("input", showTable);
  showTable();
  byId("run-table").append(table(["fact", "value"], [...facts(data.run), ...Object.entries(data.checks).map(([rule, size]) => [`largest breach, ${rule}`, size.toExponential(1)])]));
}

show(start);
