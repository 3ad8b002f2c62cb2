// One line in: [[tex, display], …]. One line out: [{html} or {error}, …], in the same order.
"use strict";
const katex = require(process.argv[2]);

// `trust: false` would show \href, \htmlId and their like as red TeX, and report nothing.
function trust({ command }) {
  throw new Error(`KaTeX error: ${command} is not allowed in formulas on this site`);
}

const options = { output: "htmlAndMathml", throwOnError: true, strict: "error", trust };

function render([tex, displayMode]) {
  try {
    return { html: katex.renderToString(tex, { ...options, displayMode }) };
  } catch (error) {
    return { error: error.message };
  }
}

require("readline")
  .createInterface({ input: process.stdin })
  .on("line", (line) => process.stdout.write(JSON.stringify(JSON.parse(line).map(render)) + "\n"));
