// One line in: [[tex, display], …]. One line out: [{html} or {error}, …], in the same order.
"use strict";
const katex = require(process.argv[2]);

const options = { output: "htmlAndMathml", throwOnError: true, strict: "error", trust: false };

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
