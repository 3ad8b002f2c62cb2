// Two repairs for those who read by keyboard or by ear. Nothing here is needed to see the page.
"use strict";

// A formula wider than its column scrolls by itself, so it must be reachable by Tab, and only then.
function reachable(formula) {
  if (formula.scrollWidth > formula.clientWidth) {
    formula.tabIndex = 0;
    formula.setAttribute("role", "group");
    formula.setAttribute("aria-label", "Formula, wider than the page");
  } else {
    for (const name of ["tabindex", "role", "aria-label"]) formula.removeAttribute(name);
  }
}

const sizes = new ResizeObserver((entries) => entries.forEach((entry) => reachable(entry.target)));
// The browser lays a formula out when it comes near the view (content-visibility), and has no width for it before.
document.addEventListener("contentvisibilityautostatechange", (event) => {
  if (!event.skipped && event.target.matches("div.arithmatex")) reachable(event.target);
});

// Material adds a <nav> to every code block: a dozen landmarks of the same name. They hold a button, no navigation.
function demote(nav) {
  nav.setAttribute("role", "none");
}

new MutationObserver((records) => {
  for (const record of records)
    for (const node of record.addedNodes)
      if (node instanceof Element && node.matches(".md-code__nav")) demote(node);
}).observe(document, { childList: true, subtree: true });

// document$ is Material's: it emits on the first page and after every instant navigation.
document$.subscribe(() => {
  sizes.disconnect();
  document.querySelectorAll("div.arithmatex").forEach((formula) => sizes.observe(formula));
  document.querySelectorAll(".md-code__nav").forEach(demote);
});
