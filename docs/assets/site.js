// Repairs for those who read by keyboard or by ear, and the explorers' loading. Nothing here is needed to see the page.
"use strict";

// Pages with an explorer load its files, once. Into the body: Material empties the head when it replaces a page.
const EXPLORERS = new URL("explorers/", document.currentScript.src);
const loading = new Set();

function load(file) {
  if (loading.has(file)) return;
  loading.add(file);
  const script = file.endsWith(".js");
  const element = document.createElement(script ? "script" : "link");
  if (script) element.async = false; // in this order, as deferred scripts run
  else element.rel = "stylesheet";
  element[script ? "src" : "href"] = new URL(file, EXPLORERS);
  document.body.append(element);
}

function explore(place) {
  ["explorers.css", "explorer.js", `${place.dataset.explorer}.js`].forEach(load);
  window.Explorer?.mount(place); // where they were loaded for an earlier page
}

// What is wider than its column scrolls by itself, so it must be reachable by Tab, and only then.
const SCROLLS = { "div.arithmatex": "Formula, wider than the page", ".md-typeset__scrollwrap": "Table, wider than the page" };

function reachable(element) {
  if (element.scrollWidth > element.clientWidth) {
    const kind = Object.keys(SCROLLS).find((selector) => element.matches(selector));
    element.tabIndex = 0;
    element.setAttribute("role", "group");
    element.setAttribute("aria-label", SCROLLS[kind]);
  } else {
    for (const name of ["tabindex", "role", "aria-label"]) element.removeAttribute(name);
  }
}

const sizes = new ResizeObserver((entries) => entries.forEach((entry) => reachable(entry.target)));
// The browser lays a formula out when it comes near the view (content-visibility), and has no width for it before.
document.addEventListener("contentvisibilityautostatechange", (event) => {
  const formula = event.target.closest("div.arithmatex");
  if (!event.skipped && formula) reachable(formula);
});

function repair(root) {
  const all = (selector) => [root, ...root.querySelectorAll(selector)].filter((element) => element.matches(selector));
  all(Object.keys(SCROLLS).join()).forEach((element) => sizes.observe(element));
  // Material adds a <nav> to every code block: a dozen landmarks of one name, which hold a button and no navigation.
  all(".md-code__nav").forEach((nav) => nav.setAttribute("role", "none"));
  all("[data-explorer]").forEach(explore);
}

// Material's search dialog has no name for those who don't see it, and its drawer no switch for the keyboard.
document.querySelector("[data-md-component=search]")?.setAttribute("aria-label", "Search");
const drawer = document.getElementById("__drawer");
const label = document.querySelector(".md-header [for=__drawer]");
if (drawer && label) {
  const opener = document.createElement("button");
  opener.type = "button";
  opener.className = "drawer";
  opener.textContent = "Navigation";
  const tell = () => opener.setAttribute("aria-expanded", drawer.checked);
  opener.addEventListener("click", () => drawer.click());
  drawer.addEventListener("change", tell);
  tell();
  label.before(opener);
}

// Material adds elements late, and replaces the page's on instant navigation.
new MutationObserver((records) => {
  for (const record of records)
    for (const node of record.addedNodes) if (node instanceof Element) repair(node);
}).observe(document.body, { childList: true, subtree: true });
repair(document.body);
