"use strict";
const byId = (id) => document.getElementById(id);
const all = (what, within = document) => [...within.querySelectorAll(what)];
const system = byId("system"), look = byId("look"), word = byId("word"), shown = byId("shown"), filters = document.querySelector(".filters");

// What there is, and the words that each result is found by: by their beginnings, so that "row 5" is not row 15.
const plain = (text) => " " + text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ");
const cases = new Map(all("details.case").map((one) => [one.dataset.s, { one, results: [] }]));
const results = [];
for (const { one, results: own } of cases.values()) {
  const about = one.querySelector("summary").textContent + " " + (one.querySelector(":scope > div > p")?.textContent ?? "");
  for (const result of all("details.result", one)) {
    const text = plain(result.querySelector("summary").textContent + " " + about);
    const entry = { result, place: "m" + result.querySelector(":scope > div").id.slice(1), column: result.dataset.c, look: result.dataset.look, text };
    own.push(entry);
    results.push(entry);
  }
}
const rows = all(".matrix tbody tr"), columns = all(".matrix [data-c]");

function filter() {
  const words = word.value.split(/\s+/).map(plain).filter((one) => one.trim());
  for (const cell of columns) cell.hidden = Boolean(system.value) && cell.dataset.c !== system.value;
  const fitting = new Set();
  let count_cases = 0;
  for (const { one, results: own } of cases.values()) {
    let here = 0;
    for (const entry of own) {
      const fits = (!system.value || entry.column === system.value) && (!look.value || entry.look === look.value) &&
        words.every((part) => entry.text.includes(part));
      entry.result.hidden = !fits;
      if (fits) fitting.add(entry.place);
      here += fits;
    }
    one.hidden = !here;
    count_cases += here > 0;
  }
  for (const row of rows) row.hidden = ![...row.cells].some((cell) => fitting.has(cell.id));
  for (const matrix of all(".matrix")) {
    const empty = !all("tbody tr:not([hidden])", matrix).length;
    matrix.parentElement.hidden = empty;
    matrix.parentElement.previousElementSibling.hidden = empty;
    if (!empty) keepOneStop(matrix);
  }
  shown.textContent = `${fitting.size} of ${results.length} results shown, in ${count_cases} of ${cases.size} cases`;
}

// In a matrix the arrow keys move, and Tab leaves it: one stop each.
const links = (matrix) => all("tbody tr:not([hidden]) > :not([hidden]) > a", matrix);
function stopAt(link) {
  for (const other of all("a[tabindex='0']", link.closest(".matrix"))) other.tabIndex = -1;
  link.tabIndex = 0;
}
function keepOneStop(matrix) {
  const open = links(matrix), now = matrix.querySelector("a[tabindex='0']");
  if (open.length && !open.includes(now)) stopAt(open[0]);
}
function neighbour(cell, down, right) {
  let row = cell.parentElement, at = cell.cellIndex;
  for (;;) {
    if (down) do row = down > 0 ? row.nextElementSibling : row.previousElementSibling; while (row && row.hidden);
    at += right;
    const next = row?.cells[at];
    if (!next) return null;
    if (!next.hidden && next.querySelector("a")) return next.querySelector("a");
  }
}
function edge(cell, last, whole) {
  const among = whole ? links(cell.closest(".matrix")) : all(":scope > :not([hidden]) > a", cell.parentElement);
  return among.at(last ? -1 : 0);
}
function move(event) {
  const cell = event.target.closest("th, td");
  if (!cell || event.altKey || event.metaKey || event.shiftKey) return;
  const to = { ArrowDown: () => neighbour(cell, 1, 0), ArrowUp: () => neighbour(cell, -1, 0), ArrowRight: () => neighbour(cell, 0, 1),
    ArrowLeft: () => neighbour(cell, 0, -1), Home: () => edge(cell, false, event.ctrlKey), End: () => edge(cell, true, event.ctrlKey) }[event.key];
  if (event.key === " ") event.target.click();
  else if (to) to()?.focus();
  else return;
  event.preventDefault();
}
for (const matrix of all(".matrix")) {
  matrix.setAttribute("role", "grid");
  for (const link of all("tbody a", matrix)) link.tabIndex = -1;
  matrix.addEventListener("keydown", move);
  matrix.addEventListener("focusin", (event) => { if (event.target.matches("tbody a")) stopAt(event.target); });
}

// Where a link leads: what it names is shown and open, and has the focus.
function arrive() {
  const target = location.hash.length > 1 && byId(location.hash.slice(1));
  if (!target) return;
  if (target.closest("[hidden]")) { filters.reset(); filter(); }
  for (let one = target.closest("details"); one; one = one.parentElement.closest("details")) one.open = true;
  const place = target.matches("td") ? target.querySelector("a") : target.matches("details > div") ? target.parentElement.querySelector("summary") : null;
  if (!place) return;
  place.focus({ preventScroll: true });
  place.scrollIntoView({ block: target.matches("td") ? "center" : "start", inline: "nearest" });
}
function back(event) {
  if (event.key !== "Escape" || event.target.closest(".filters")) return;
  const inner = event.target.closest("details.result, details.case");
  if (!inner) return;
  const home = inner.matches(".result") ? byId(results.find((one) => one.result === inner).place) : rows.find((row) => !row.hidden && row.dataset.s === inner.dataset.s)?.cells[0];
  if (!home) return;
  event.preventDefault();
  if (home.id && location.hash === "#" + home.id) arrive(); // the same again is no change of the address
  else if (home.id) location.hash = home.id;
  else home.querySelector("a").focus();
}

for (const control of [system, look, word]) control.addEventListener("input", filter);
filters.addEventListener("submit", (event) => event.preventDefault());
filters.addEventListener("reset", () => setTimeout(filter));
addEventListener("hashchange", arrive);
document.addEventListener("keydown", back);
document.addEventListener("click", (event) => { // the same link again leads there again
  const link = event.target.closest("a[href^='#']");
  if (link && link.hash === location.hash) arrive();
});
filters.hidden = false;
for (const one of all(".with-script")) one.hidden = false;
filter();
arrive();
