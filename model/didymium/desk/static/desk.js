// Parts of a page marked data-live are looked at again every second, and replaced where they changed; all else works without a script.
"use strict";
const EVERY = 1000, HIDDEN = 5000; // ms between two looks; while the tab is not seen
const marks = new Map();
let silent = 0;

function tell(words) {
  const box = document.getElementById("trouble");
  if (box.textContent !== words) box.textContent = words;
  box.hidden = !words;
}

// Say a new state to screen readers: once, not at every look.
function say(part) {
  const words = Array.from(part.querySelectorAll("[data-say]"), (e) => e.textContent.trim()).join(" ");
  if (words && part.dataset.said !== undefined && part.dataset.said !== words) document.getElementById("say").textContent = words;
  part.dataset.said = words;
}

function replace(part, text) {
  const focus = document.activeElement;
  if (part.contains(focus) && /^(INPUT|SELECT|TEXTAREA)$/.test(focus.tagName)) return false; // a person is choosing
  const fresh = document.createElement("template");
  fresh.innerHTML = text;
  if (fresh.innerHTML.trim() === part.innerHTML.trim()) return true;
  const held = part.contains(focus) ? focus.id : "";
  const open = new Map(Array.from(part.querySelectorAll("details[id]"), (d) => [d.id, d.open]));
  part.innerHTML = text;
  for (const [id, was] of open) { const d = document.getElementById(id); if (d) d.open = was; }
  if (held) document.getElementById(held)?.focus({ preventScroll: true });
  return true;
}

async function look(part) {
  const path = part.dataset.live, headers = { "If-None-Match": marks.get(path) || "" };
  const answer = await fetch(path, { headers, cache: "no-store" });
  if (answer.status === 403) { tell(document.body.dataset.again); return; }
  tell("");
  if (answer.status !== 200) return;
  const first = !marks.has(path), text = await answer.text();
  if (part.dataset.notice) {
    if (!first) tell(part.dataset.notice);
  } else if (!replace(part, text)) return;
  else if ("untilReady" in part.dataset && !part.querySelector("[data-waiting]")) delete part.dataset.live; // forms being filled in stay
  marks.set(path, answer.headers.get("ETag"));
  say(part);
}

async function lookAtAll() {
  try {
    await Promise.all(Array.from(document.querySelectorAll("[data-live]"), look));
    silent = 0;
  } catch {
    if (++silent > 1) tell(document.body.dataset.away);
  }
  setTimeout(lookAtAll, document.hidden ? HIDDEN : EVERY);
}

document.querySelectorAll("[data-live]").forEach(say);
document.addEventListener("visibilitychange", () => { if (!document.hidden) document.querySelectorAll("[data-live]").forEach((part) => look(part).catch(() => {})); });
document.getElementById("part")?.addEventListener("toggle", (event) => { if (event.target.open) document.getElementById("kind-part").checked = true; });
document.addEventListener("change", (event) => { if (event.target.name === "kind" && event.target.value === "part") document.getElementById("part").open = true; });
// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  else if (event.target.method === "post") { event.target.dataset.sent = "yes"; setTimeout(() => delete event.target.dataset.sent, 3000); }
});
lookAtAll();
