"use strict";
const choose = document.getElementById("system"), only = document.getElementById("only"), word = document.getElementById("word");
const shown = document.getElementById("shown"), cells = [...document.querySelectorAll("[data-system]")];
function fits(cell) {
  const text = word.value.trim().toLowerCase();
  return (!choose.value || cell.dataset.system === choose.value) && (!only.checked || cell.dataset.agrees === "no") &&
    (!text || cell.dataset.text.includes(text));
}
function filter() {
  for (const head of document.querySelectorAll("th[data-column]"))
    head.hidden = Boolean(choose.value) && head.dataset.column !== choose.value;
  for (const cell of document.querySelectorAll("td[data-column]"))
    cell.hidden = Boolean(choose.value) && cell.dataset.column !== choose.value;
  let count = 0;
  const rows = new Set();
  for (const cell of cells) {
    cell.hidden = !fits(cell);
    if (!cell.hidden) { ++count; rows.add(cell.dataset.scenario); }
  }
  for (const row of document.querySelectorAll("tr[data-scenario]")) row.hidden = !rows.has(row.dataset.scenario);
  shown.textContent = `${count} of ${cells.length} results shown`;
}
for (const control of [choose, only, word]) control.addEventListener("input", filter);
function open() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target && target.tagName === "DETAILS") { target.hidden = false; target.open = true; target.scrollIntoView(); target.querySelector("summary").focus(); }
}
addEventListener("hashchange", open);
addEventListener("beforeprint", () => { for (const one of document.querySelectorAll("details")) if (!one.hidden) one.open = true; });
filter();
open();
