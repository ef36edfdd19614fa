"use strict";
// A plan under stress: its charts, and the tables of which they are made.
function start() {
  for (const [name, spec] of Object.entries(data.charts)) draw(name, spec);
  for (const [id, rows] of Object.entries(data.tables)) {
    if (rows.length) byId(id).append(table(Object.keys(rows[0]), rows.map(Object.values)));
    else byId(id).append(element("p", "Nothing to show."));
  }
}

show(start);
