"use strict";
// A study: its charts, and a section for each of its tables.
function start() {
  if (!Object.keys(data.charts).length) {
    byId("charts").remove();
    byId("charts-link").remove();
  }
  for (const [name, spec] of Object.entries(data.charts)) draw(name, spec);
  for (const part of data.sections) {
    byId("sections-nav").append(element("a", part.title.split(/[,:]/)[0], { href: `#${part.id}-at` }), " ");
    const section = element("section", null, { id: `${part.id}-at`, "aria-labelledby": `${part.id}-h` });
    section.append(element("h2", part.title, { id: `${part.id}-h` }), element("p", part.note));
    const scroll = element("div", null, { class: "scroll tall" });
    scroll.append(part.rows.length ? table(part.columns, part.rows) : element("p", "Nothing to show."));
    section.append(scroll);
    byId("sections").append(section);
  }
}

show(start);
