// Convolution arithmetic: one size, kernel, padding, stride and dilation for height and width alike.
"use strict";

(() => {
  const { html, svg, number, read, write, refusal, field, choice, announcer, copyButton, linkButton } = Explorer;

  const KEY = "conv";
  const LAYERS = { conv2d: "Convolution", maxpool2d: "Max pooling", convtranspose2d: "Transposed convolution" };
  const FIELDS = {
    i: { label: "Input size", min: 1, max: 16, value: 9 },
    k: { label: "Kernel size", min: 1, max: 7, value: 3 },
    s: { label: "Stride", min: 1, max: 4, value: 3 },
    p: { label: "Padding", min: 0, max: 4, value: 1 },
    d: { label: "Dilation", min: 1, max: 3, value: 1 },
    q: { label: "Output padding", min: 0, max: 3, value: 0 },
  };
  const limits = (name, layer) =>
    name === "i" && layer === "convtranspose2d" ? { ...FIELDS.i, max: 8 } : FIELDS[name]; // its output is drawn too
  const START = { layer: "conv2d", ceil: false, w: 1 };
  for (const name in FIELDS) START[name] = FIELDS[name].value;

  const upTo = (count) => Array.from({ length: count }, (_, place) => place);
  const words = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

  // Counts as dlnotes.models.convolution does, and refuses in its words. All of it in one dimension:
  // `wide` cells, of which `cells` lie between two borders of `border`, and windows on them, one for each of `narrow`.
  function count({ layer, i, k, s, p, d, q, ceil }) {
    const span = d * (k - 1) + 1;
    if (layer === "convtranspose2d") {
      const wide = (i - 1) * s + span + q;
      if (q >= Math.max(s, d))
        return { span, refused: `output_padding is ${q}; it must be less than stride ${s} or dilation ${d}` };
      if (wide <= 2 * p)
        return { span, refused: `padding is ${p}; twice that must be less than the ${wide} cells it is cut from` };
      return { span, wide, border: p, cells: wide - 2 * p, narrow: i, output: wide - 2 * p };
    }
    if (layer === "maxpool2d" && p > Math.floor(k / 2)) {
      const half = Math.floor(k / 2);
      return { span, refused: `padding is ${p}; it must be at most half of kernel_size ${k}, rounded down: ${half}` };
    }
    const up = layer === "maxpool2d" && ceil;
    const wide = i + 2 * p;
    const quotient = (wide - span) / s;
    const rounded = (up ? Math.ceil(quotient) : Math.floor(quotient)) + 1;
    const output = up ? Math.min(rounded, Math.ceil((i + p) / s)) : rounded;
    const found = { span, wide, border: p, cells: i, narrow: output, output, up, rounded };
    if (output < 1) {
      found.narrow = 0;
      found.refused =
        `kernel_size is ${k}, which spans ${span} cells with dilation ${d}; ` +
        `it must fit in ${wide}: input_size ${i} and padding ${p} + ${p}`;
    }
    return found;
  }

  // Which of the wide row's cells a window touches.
  function touched({ wide, narrow }, { k, s, d }) {
    const seen = new Set();
    for (const a of upTo(narrow)) for (const tap of upTo(k)) seen.add(a * s + tap * d);
    return upTo(wide).map((place) => seen.has(place));
  }

  // The formula with its numbers, as steps. A step is a list of texts, and of rounded fractions [over, under, brackets].
  function steps({ layer, i, k, s, p, d, q }, { span, wide, output, up, rounded }) {
    const taken = `${d} · (${k} − 1)`;
    if (layer === "convtranspose2d")
      return [
        [`(${i} − 1) · ${s} − 2 · ${p} + ${taken} + 1 + ${q}`],
        [`${(i - 1) * s} − ${2 * p} + ${span - 1} + ${1 + q}`],
        [`${output}`],
      ];
    const brackets = up ? "⌈⌉" : "⌊⌋";
    const full = [`${i} + 2 · ${p} − ${taken} − 1`, s, brackets];
    const rest = [number(wide - span), s, brackets];
    if (!up) return [[full, " + 1"], [rest, " + 1"], [`${rounded - 1} + 1`], [`${output}`]];
    return [
      ["min(", full, " + 1, ", [`${i} + ${p}`, s, brackets], ")"],
      ["min(", rest, " + 1, ", [i + p, s, brackets], ")"],
      [`min(${rounded}, ${Math.ceil((i + p) / s)})`],
      [`${output}`],
    ];
  }

  const spoken = (step) =>
    step.map((part) => (Array.isArray(part) ? `${part[2][0]}(${part[0]}) / ${part[1]}${part[2][1]}` : part)).join("");
  const inSpan = (name, ...content) => html("span", { class: `conv-${name}` }, ...content);
  const written = (step) =>
    step.map((part) => {
      if (!Array.isArray(part)) return part;
      const [over, under, [open, close]] = part;
      return inSpan("floor", inSpan("bracket", open), inSpan("fraction", html("span", {}, over), " ", html("span", {}, under)), inSpan("bracket", close));
    });

  // One sentence on what the rounding does.
  function remark({ layer, i, s, p }, { span, wide, output, up, rounded }, blank) {
    if (layer === "convtranspose2d")
      return blank ? "Cells that no stamp reaches hold the bias alone; they are hatched." : "Every cell of the output gets a stamp.";
    const left = wide - span - (output - 1) * s;
    const quotient = `${number(wide - span)} / ${s}`;
    if (rounded > output)
      return `Rounding up gives ${rounded}, but the last window would start in the padding after the input, so it doesn't count.`;
    if (left < 0) return `${quotient} isn’t whole. Rounding up adds a window, which hangs over the end by ${words(-left, "cell")}.`;
    if (!left) return "The division leaves nothing: the last window ends with the last cell.";
    if (up) return `No window may start in the padding after the input: ${words(left, "cell is", "cells are")} left at the end.`;
    const own = Math.max(left - p, 0);
    return (
      `${quotient} isn’t whole. PyTorch rounds down: the last ${words(left, "cell")} of the padded row, ` +
      `${own ? `${own} of the input among them` : "none of the input among them"}, ${left === 1 ? "lies" : "lie"} beyond the last window.`
    );
  }

  function line({ layer, k, s, p, d, q, ceil }) {
    const pool = layer === "maxpool2d";
    const options = [`kernel_size=${k}`];
    if (s > 1 || pool) options.push(`stride=${s}`); // a pool's default is the kernel size
    if (p) options.push(`padding=${p}`);
    if (layer === "convtranspose2d" && q) options.push(`output_padding=${q}`);
    if (d > 1) options.push(`dilation=${d}`);
    if (pool && ceil) options.push("ceil_mode=True");
    const name = { conv2d: "nn.Conv2d(1, 1, ", maxpool2d: "nn.MaxPool2d(", convtranspose2d: "nn.ConvTranspose2d(1, 1, " };
    return `${name[layer]}${options.join(", ")})`;
  }

  // What the address says; what it says wrongly goes into `problems`.
  function parse(text, problems) {
    const state = { ...START };
    const parts = (text || "").split(",").filter(Boolean);
    state.layer = parts.find((part) => part in LAYERS) || START.layer;
    for (const part of parts) {
      const [, name, value] = part.match(/^([ikspdqw])(.*)$/) || [];
      if (part in LAYERS) continue;
      else if (part === "ceil") state.ceil = true;
      else if (!name) problems.push(`“${part}” isn’t known; write ?conv=${Object.keys(LAYERS).join("|")},i9,k3,s3,p1,d1,q0,ceil,w1`);
      else {
        const allowed = name === "w" ? { label: "Window", min: 1, max: 999 } : limits(name, state.layer);
        const problem = refusal(allowed, value);
        if (problem) problems.push(problem);
        else state[name] = Number(value);
      }
    }
    state.i = Math.min(state.i, limits("i", state.layer).max);
    return state;
  }

  function format(state) {
    const names = state.layer === "convtranspose2d" ? "ikspdq" : "ikspd";
    const parts = state.layer === START.layer ? [] : [state.layer];
    for (const name of names) parts.push(name + state[name]);
    if (state.layer === "maxpool2d" && state.ceil) parts.push("ceil");
    if (state.w > 1) parts.push(`w${state.w}`);
    const text = parts.join();
    return text === format.start ? "" : text;
  }
  format.start = format(START);

  // Drawings: a unit is a cell.
  const square = (row, column) => `M${column} ${row}h1v1h-1z`;
  function squares(size, wanted) {
    let path = "";
    for (const row of upTo(size)) for (const column of upTo(size)) if (wanted(row, column)) path += square(row, column);
    return path;
  }
  const path = (name, d) => svg("path", { class: `conv-${name}`, d });
  const marked = (places) => {
    const pairs = places.flatMap((row) => places.map((column) => [row, column]));
    return [
      path("tap", pairs.map(([row, column]) => square(row, column)).join("")),
      path("dot", pairs.map(([row, column]) => `M${column + 0.5} ${row + 0.5}h0`).join("")),
    ];
  };
  const picture = (size, label, ...content) =>
    svg("svg", { viewBox: `-0.1 -0.1 ${size + 0.2} ${size + 0.2}`, style: `--cells: ${size + 0.2}`, role: "img", "aria-label": label }, ...content);

  function build() {
    const problems = [];
    const state = parse(read(KEY), problems);
    let found;
    let moving; // the two groups that show where the window is
    let timer;

    const fields = {};
    for (const name in FIELDS)
      fields[name] = field({
        ...limits(name, state.layer),
        name,
        symbol: name,
        value: state[name],
        change(value) {
          state[name] = value;
          state.w = 1;
          update();
        },
      });
    const layer = choice({
      name: "layer",
      label: "Layer",
      options: LAYERS,
      value: state.layer,
      change(value) {
        state.layer = value;
        state.w = 1;
        const { max } = limits("i", value);
        fields.i.limit(max);
        if (state.i > max) fields.i.set((state.i = max));
        update();
      },
    });
    const box = html("input", { type: "checkbox", "data-field": "ceil", autocomplete: "off" });
    box.checked = state.ceil;
    box.addEventListener("change", () => {
      state.ceil = box.checked;
      state.w = 1;
      update();
    });
    const ceil = html("label", { class: "conv-ceil" }, box, "Ceil mode: round up");

    const wrong = html("p", { class: "explorer-note" });
    const refused = html("p", { class: "conv-refused", "data-value": "refused" });
    const formula = html("p", { class: "conv-formula", role: "math", "data-value": "formula" });
    const note = html("p", { class: "conv-remark" });
    const drawing = html("div", { class: "conv-drawing", role: "group", tabindex: 0, "aria-label": "Drawing: arrow keys move the window" });
    const where = html("p", { class: "conv-where" });
    const slider = html("input", { type: "range", min: 1, "aria-label": "Window", "data-field": "w", autocomplete: "off" });
    const button = (text, onclick) => html("button", { type: "button", class: "explorer-button", onclick }, text);
    const previous = button("Previous", () => go(state.w - 1));
    const play = button("Play", () => (timer ? pause() : start()));
    const next = button("Next", () => go(state.w + 1));
    const facts = html("dl", { class: "conv-facts" });
    const code = html("code", { "data-value": "line" });
    const heard = announcer();

    const result = html(
      "div",
      { class: "conv-result" },
      formula,
      note,
      drawing,
      html("div", { class: "explorer-row conv-steps" }, previous, play, next, slider),
      where,
      facts,
    );
    const copyCode = copyButton("Copy code", () => code.textContent);
    const copyLink = linkButton(KEY, () => format(state) || format.start);
    const lineShown = html("span", { class: "conv-line" }, code);
    const body = html(
      "div",
      { class: "explorer-body" },
      layer.element,
      html("div", { class: "explorer-fields" }, Object.values(fields).map((one) => one.element), ceil),
      wrong,
      refused,
      result,
      html("div", { class: "explorer-row" }, lineShown, copyCode, copyLink),
      heard.element,
    );

    // Everything, after a setting has changed.
    function update() {
      pause();
      found = count(state);
      const transposed = state.layer === "convtranspose2d";
      fields.q.element.hidden = !transposed;
      ceil.hidden = state.layer !== "maxpool2d";
      refused.hidden = !found.refused;
      refused.textContent = found.refused ? `ValueError: ${found.refused}` : "";
      for (const part of [...result.children, lineShown, copyCode]) part.hidden = Boolean(found.refused);
      if (found.refused) {
        drawing.hidden = !found.wide;
        heard.say(`Not possible: ${found.refused}`);
      } else {
        const equation = steps(state, found);
        formula.setAttribute("aria-label", ["o", ...equation.map(spoken)].join(" = "));
        formula.replaceChildren(
          ...equation.map((step, place) => html("span", {}, place ? "" : html("var", {}, "o"), " = ", ...written(step))),
        );
        code.textContent = line(state);
        list(transposed);
        const { output } = found;
        heard.say(`Output ${output} by ${output}. ${note.textContent}`);
      }
      draw(transposed);
      slider.max = Math.max(found.narrow ** 2 || 1, 1);
      step();
    }

    // The numbers in a list.
    function list(transposed) {
      const { output, narrow, span, wide, border, cells } = found;
      const own = touched(found, state).slice(border, border + cells).filter(Boolean).length;
      const blank = cells ** 2 - own ** 2;
      const value = (name, shown) => html("b", { "data-value": name }, number(shown));
      const left = Math.max(wide - span - (narrow - 1) * state.s, 0);
      const entry = (name, ...content) => html("div", {}, html("dt", {}, name), html("dd", {}, ...content));
      note.textContent = remark(state, found, blank);
      facts.replaceChildren(
        entry("Output", value("output", output), ` × ${output}`),
        entry(transposed ? "Stamps" : "Windows", value("windows", narrow ** 2), ` = ${narrow} × ${narrow}`),
        entry(transposed ? "A stamp spans" : "A window spans", value("span", span), span === 1 ? " cell" : " cells"),
        entry(transposed ? "Row before the cut" : "Padded row", value("wide", wide), wide === 1 ? " cell" : " cells"),
        entry(
          transposed ? "In no stamp" : "In no window",
          value("blank", blank),
          ` of ${cells ** 2} cells`,
        ),
        transposed ? "" : entry("Left at the end", value("left", left), ` of ${wide} in a row`),
      );
    }

    function draw(transposed) {
      if (drawing.hidden) return;
      const { wide, border, cells, narrow, span } = found;
      const last = (Math.max(narrow, 1) - 1) * state.s + span;
      const inside = (place) => place >= border && place < border + cells;
      const seen = touched(found, state);
      const large = picture(
        Math.max(wide, last),
        `${transposed ? "Output" : "Input"} of ${cells} by ${cells} cells` +
          (border ? `, with ${words(border, "cell")} ${transposed ? "cut off" : "of padding"} on each side` : ""),
        svg(
          "pattern",
          { id: "conv-hatch", width: 0.3, height: 0.3, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
          svg("path", { d: "M0 0v0.3" }),
        ),
        path("border", squares(wide, (row, column) => !inside(row) || !inside(column))),
        path("cell", squares(wide, (row, column) => inside(row) && inside(column))),
        path("lost", narrow ? squares(wide, (row, column) => !(seen[row] && seen[column])) : ""),
        svg("g", {}, ...marked(upTo(state.k).map((tap) => tap * state.d)), svg("rect", { class: "conv-window", width: span, height: span })),
      );
      const small = narrow
        ? picture(
            narrow,
            `${transposed ? "Input" : "Output"} of ${narrow} by ${narrow} cells`,
            path("cell", squares(narrow, () => true)),
            svg("g", {}, ...marked([0]), svg("rect", { class: "conv-window", width: 1, height: 1 })),
          )
        : "";
      moving = [[large, state.s], ...(small ? [[small, 1]] : [])].map(([of, by]) => [of.querySelector("g"), by]);
      const titled = (title, content) => html("figure", {}, html("figcaption", {}, title), content);
      const largeTitle = transposed ? "Output" : "Input";
      const rim = border ? `, ${transposed ? "cut" : "padding"} dashed` : "";
      const views = [titled(`${largeTitle} ${cells} × ${cells}${rim}`, large)];
      if (small) views.push(titled(`${transposed ? "Input" : "Output"} ${narrow} × ${narrow}`, small));
      if (transposed) views.reverse();
      drawing.style.setProperty("--most", Math.max(wide, last) + 0.2);
      drawing.replaceChildren(...views);
      const pick = (of, place) =>
        of.addEventListener("click", (event) => {
          const box = of.getBoundingClientRect();
          const at = (along, from, extent) =>
            Math.min(Math.max(place(Math.floor(((along - from) / extent) * Number(of.viewBox.baseVal.width) - 0.1)), 0), narrow - 1);
          if (narrow) go(at(event.clientY, box.top, box.height) * narrow + at(event.clientX, box.left, box.width) + 1);
        });
      pick(large, (cell) => Math.round((cell - (span - 1) / 2) / state.s));
      if (small) pick(small, (cell) => cell);
    }

    // What depends on the window's place alone.
    function step() {
      const narrow = found.narrow || 1;
      state.w = Math.min(state.w, narrow ** 2);
      const place = state.w - 1;
      const row = Math.floor(place / narrow);
      const column = place % narrow;
      slider.value = state.w;
      previous.disabled = !place;
      next.disabled = state.w === narrow ** 2;
      write(KEY, format(state));
      if (found.wide) for (const [group, by] of moving) group.style.transform = `translate(${column * by}px, ${row * by}px)`;
      if (found.refused) return;
      const transposed = state.layer === "convtranspose2d";
      const named = (a) =>
        upTo(state.k)
          .map((tap) => a * state.s + tap * state.d - found.border)
          .map((cell) => (cell >= 0 && cell < found.cells ? cell : transposed ? "cut" : cell + found.border < found.wide ? "pad" : "beyond"))
          .join(", ");
      const value = (name, shown) => html("span", { "data-value": name }, shown);
      where.replaceChildren(
        `${transposed ? "Stamp" : "Window"} ${state.w} of ${narrow ** 2}: ${transposed ? "input" : "output"} (${row}, ${column}) `,
        transposed ? "is added to rows " : "reads rows ",
        value("rows", named(row)),
        "; columns ",
        value("columns", named(column)),
        ".",
      );
      slider.setAttribute("aria-valuetext", where.textContent);
    }

    function go(place) {
      state.w = Math.min(Math.max(place, 1), found.narrow ** 2);
      step();
    }
    function pause() {
      clearInterval(timer);
      timer = undefined;
      play.textContent = "Play";
    }
    function start() {
      if (next.disabled) go(1);
      play.textContent = "Pause";
      timer = setInterval(() => {
        if (!body.isConnected || next.disabled) pause();
        else go(state.w + 1);
      }, 600);
    }

    slider.addEventListener("input", () => go(Number(slider.value)));
    drawing.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -found.narrow, ArrowDown: found.narrow }[event.key];
      if (!by || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      if (state.w + by >= 1 && state.w + by <= found.narrow ** 2) go(state.w + by);
    });

    const windows = count(state).narrow ** 2;
    if (state.w > windows && windows) {
      problems.push(`Window is ${state.w}; there are ${windows}`);
      state.w = 1;
    }
    update();
    wrong.hidden = !problems.length;
    wrong.textContent = problems.length ? `The address asks for what isn’t possible. ${problems.join(". ")}. The usual value is shown instead.` : "";
    return body;
  }

  Explorer.register("convolution", build);
})();
