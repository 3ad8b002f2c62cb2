// PolyLoss, on the page losses/polyloss: one probability p of the true class, ε, and N terms of the series of −log p.
"use strict";

Explorer.register("polyloss", (() => {
  const { html, svg, real, value, table, row, rows, rowHead, cell } = Explorer;
  const START = { epsilon: 2, terms: 5, p: 0.1 };
  const LIMITS = {
    epsilon: { label: "Coefficient", symbol: "ε", min: -2, max: 5, step: 0.1 },
    terms: { label: "Terms kept", symbol: "N", min: 1, max: 100 },
    p: { label: "Probability", symbol: "p", min: 0.001, max: 0.999, step: 0.001 },
  };

  // The first terms of −log p, as dlnotes.losses.polyloss.cross_entropy_series adds them.
  function series(p, terms) {
    let total = 0;
    for (let j = terms; j > 0; j -= 1) total = (1 - p) * (total + 1 / j);
    return total;
  }

  // The loss, and the pull on the true logit: minus its derivative by that logit, which is −p(1 − p) times that by p.
  const CURVES = {
    poly: {
      loss: (p, { epsilon }) => -Math.log(p) + epsilon * (1 - p),
      pull: (p, { epsilon }) => (1 + epsilon * p) * (1 - p),
    },
    ce: { loss: (p) => -Math.log(p), pull: (p) => 1 - p },
    series: { loss: (p, { terms }) => series(p, terms), pull: (p, { terms }) => (1 - (1 - p) ** terms) * (1 - p) },
  };

  // The fewest terms whose error is at most 1%, of the loss or of the gradient.
  function needed(p, measure) {
    const loss = -Math.log(p);
    let [terms, power, total] = [0, 1, 0];
    while ((measure === "loss" ? (loss - total) / loss : power) > 0.01) {
      terms += 1;
      power *= 1 - p;
      total += power / terms;
    }
    return terms;
  }

  function compute({ epsilon, terms, p }) {
    const least = (1 - p) ** (terms + 1) / (terms + 1);
    return {
      lost: -Math.log(p) - series(p, terms),
      least,
      most: least / p,
      "lost-gradient": (1 - p) ** terms,
      "terms-loss": needed(p, "loss"),
      "terms-gradient": needed(p, "gradient"),
      "curvature-true": p * (1 - p) * (1 - epsilon * (1 - 2 * p)),
      "curvature-others": (1 + epsilon * p) * (1 - p),
    };
  }

  // Where Poly-1 curves downwards in some direction of the logits: from, to, and from where with two classes only.
  function concave(epsilon) {
    if (epsilon > 1) return [0, (1 - 1 / epsilon) / 2];
    if (epsilon < -1) return [-1 / epsilon, 1, (1 - 1 / epsilon) / 2];
    return null;
  }

  // ?polyloss=e2,N5,p0.1
  const KEYS = { e: "epsilon", N: "terms", p: "p" };
  const written = (state) => Object.entries(KEYS).map(([key, name]) => `${key}${state[name]}`).join();

  // A picture of one quantity against p. The size of its letters is right at 280 pixels, and near it on all screens.
  const [WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM] = [280, 190, 30, 22, 272, 158];
  const P = Array.from({ length: 200 }, (_, i) => 0.001 + (0.999 * i) / 199);
  const across = (p) => LEFT + p * (RIGHT - LEFT);

  let pictures = 0;
  function picture(quantity, title, low, high, ticks, moved) {
    const hatch = `polyloss-hatch-${(pictures += 1)}`;
    const height = (y) => BOTTOM - ((y - low) / (high - low)) * (BOTTOM - TOP);
    const words = (x, y, anchor, text) => svg("text", { x, y, "text-anchor": anchor }, text);
    const stroke = (x1, y1, x2, y2) => svg("line", { x1, y1, x2, y2 });
    const area = svg("rect", { y: TOP, height: BOTTOM - TOP, fill: `url(#${hatch})` });
    const areaName = svg("text", { class: "polyloss-name" }, "not convex");
    const curves = Object.keys(CURVES).map((name) => svg("path", { class: `polyloss-${name}` }));
    const dots = Object.keys(CURVES).map((name) => svg("circle", { class: `polyloss-${name}`, r: name === "poly" ? 6 : 4 }));
    const marker = svg("line", { class: "polyloss-marker", y1: TOP, y2: BOTTOM });
    const frame = { x: LEFT, y: TOP, width: RIGHT - LEFT, height: BOTTOM - TOP };
    const inside = svg("svg", { ...frame, viewBox: Object.values(frame).join(" ") }, curves.reverse());
    curves.reverse();
    const element = svg(
      "svg",
      { class: "polyloss-picture", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${title}, against p. The table below has the numbers.` },
      svg(
        "pattern",
        { id: hatch, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
        svg("line", { class: "polyloss-hatch", y2: 6 }),
      ),
      svg("g", { class: "polyloss-grid" }, ticks.map((y) => stroke(LEFT, height(y), RIGHT, height(y)))),
      area,
      words(LEFT, 12, "start", title),
      ticks.map((y) => words(LEFT - 5, height(y) + 4, "end", String(y).replace("-", "−"))),
      [0, 0.25, 0.5, 0.75, 1].map((p) => words(across(p), BOTTOM + 14, "middle", String(p))),
      words((LEFT + RIGHT) / 2, BOTTOM + 29, "middle", "p"),
      marker,
      inside,
      areaName,
      dots.reverse(),
    );
    dots.reverse();

    function move(event) {
      const box = element.getBoundingClientRect();
      const p = (((event.clientX - box.left) / box.width) * WIDTH - LEFT) / (RIGHT - LEFT);
      moved(Math.min(LIMITS.p.max, Math.max(LIMITS.p.min, Math.round(1000 * p) / 1000)));
    }
    element.addEventListener("pointerdown", (event) => {
      element.setPointerCapture(event.pointerId);
      move(event);
    });
    element.addEventListener("pointermove", (event) => element.hasPointerCapture(event.pointerId) && move(event));

    function update(state) {
      const where = concave(state.epsilon);
      const [from, to] = where || [0, 0];
      area.setAttribute("x", across(from));
      area.setAttribute("width", across(to) - across(from));
      areaName.style.display = where ? "" : "none";
      areaName.setAttribute("y", from ? TOP + 12 : BOTTOM - 5); // where the curves aren't
      areaName.setAttribute("x", from ? RIGHT - 4 : LEFT + 4);
      areaName.setAttribute("text-anchor", from ? "end" : "start");
      for (const end of ["x1", "x2"]) marker.setAttribute(end, across(state.p));
      Object.values(CURVES).forEach((curve, i) => {
        // Far outside the frame, where a line would be cut off anyway, large numbers stay drawable.
        const place = (p) => Math.max(-HEIGHT, Math.min(2 * HEIGHT, height(curve[quantity](p, state))));
        curves[i].setAttribute("d", `M${P.map((p) => `${across(p).toFixed(1)} ${place(p).toFixed(1)}`).join("L")}`);
        const y = place(state.p);
        dots[i].setAttribute("cx", across(state.p));
        dots[i].setAttribute("cy", y);
        dots[i].style.display = y < TOP || y > BOTTOM ? "none" : "";
      });
    }
    return { element, update };
  }

  return () => {
    const { found, problem } = Explorer.parts(Explorer.read("polyloss"), KEYS, LIMITS);
    const state = { ...START, ...(problem ? {} : Object.fromEntries(found)) };
    const heard = Explorer.announcer();
    const variable = (letter) => html("var", {}, letter);
    const fields = Object.fromEntries(
      Object.keys(LIMITS).map((name) => {
        const change = (next) => {
          state[name] = next;
          update();
        };
        return [name, Explorer.field({ ...LIMITS[name], name, value: state[name], change })];
      }),
    );
    function drag(p) {
      fields.p.set((state.p = p));
      update();
    }
    const pictures = [
      picture("loss", "Loss", -1, 6, [0, 2, 4, 6], drag),
      picture("pull", "Pull on the true logit", -0.25, 2, [0, 0.5, 1, 1.5, 2], drag),
    ];

    const values = {};
    const show = (name) => (values[name] = value(name));
    const counts = [];
    const count = () => counts[counts.push(html("span")) - 1];
    const sample = (name) => svg("svg", { class: "polyloss-sample", viewBox: "0 0 28 8", "aria-hidden": "true" }, svg("path", { class: `polyloss-${name}`, d: "M1 4H27" }));
    const curve = (name, ...label) => row(rowHead(sample(name), ...label), cell(show(`loss-${name}`)), cell(show(`pull-${name}`)));
    const fact = (name, ...label) => row(rowHead(...label), cell(show(name)));
    const verdict = html("p");

    function update() {
      for (const each of pictures) each.update(state);
      const results = compute(state);
      for (const [name, curve] of Object.entries(CURVES))
        for (const quantity of ["loss", "pull"]) results[`${quantity}-${name}`] = curve[quantity](state.p, state);
      for (const [name, result] of Object.entries(results))
        values[name].textContent = name.startsWith("terms") ? result : real(result, 1e-9);
      for (const each of counts) each.textContent = state.terms;
      verdict.replaceChildren(...judgement());
      const here = Math.min(results["curvature-true"], results["curvature-others"]) < 0 ? "curves downwards" : "curves upwards";
      heard.say(`Poly-1 loss ${values["loss-poly"].textContent}, pull ${values["pull-poly"].textContent}; here it ${here}. ${verdict.textContent}`);
      Explorer.write("polyloss", written(state) === written(START) ? "" : written(state));
    }

    function judgement() {
      const where = concave(state.epsilon);
      if (!where) return ["Convex in the logits, as for every ", variable("ε"), " from −1 to 1."];
      const limit = (name, bound) => {
        const element = value(name);
        element.textContent = real(bound);
        return element;
      };
      const not = ["Not convex in the logits: Poly-1 curves downwards where ", variable("p")];
      if (where[0] === 0) return [...not, " < ", limit("limit", where[1]), "."];
      const two = ["; with two classes, where ", variable("p"), " > ", limit("limit-binary", where[2]), "."];
      return [...not, " > ", limit("limit", where[0]), ...two];
    }

    const [p, e, N] = ["p", "ε", "N"].map((letter) => () => variable(letter));
    const reset = () => {
      Object.assign(state, START);
      for (const [name, field] of Object.entries(fields)) field.set(state[name]);
      update();
    };
    const body = html(
      "div",
      { class: "explorer-body" },
      Explorer.apology(problem),
      html("div", { class: "explorer-fields" }, Object.values(fields).map((field) => field.element)),
      html("div", { class: "polyloss-pictures" }, pictures.map((each) => each.element)),
      table(
        "polyloss-curves",
        ["Drag in a picture to move ", p(), ". The curves there:"],
        [["curve"], ["loss"], ["pull"]],
        rows(curve("poly", "Poly-1"), curve("ce", "cross-entropy"), curve("series", "its first ", count(), " terms")),
      ),
      table(
        "",
        ["What stopping after ", count(), " terms loses, of cross-entropy and of Poly-1 alike."],
        [],
        rows(
          fact("lost", "lost part of the loss"),
          fact("least", "at least, (1 − ", p(), ")", html("sup", {}, N(), "+1"), "/(", N(), " + 1)"),
          fact("most", "at most, the same divided by ", p()),
          fact("lost-gradient", "lost share of the gradient, (1 − ", p(), ")", html("sup", {}, N())),
          fact("terms-loss", "terms that lose at most 1% of the loss"),
          fact("terms-gradient", "terms that lose at most 1% of the gradient"),
        ),
      ),
      table(
        "",
        ["How Poly-1 curves along two directions of the logits (its second derivatives)."],
        [],
        rows(
          fact("curvature-true", "the true logit, ", p(), "(1 − ", p(), ")(1 − ", e(), "(1 − 2", p(), "))"),
          fact("curvature-others", "the others among themselves, at ", variable("S"), " = 1, (1 + ", e(), p(), ")(1 − ", p(), ")"),
        ),
      ),
      verdict,
      Explorer.foot("polyloss", () => written(state), reset),
      heard.element,
    );
    update();
    return body;
  };
})());
