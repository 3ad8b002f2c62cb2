// Softmax and cross-entropy, on the page losses/softmax-cross-entropy.
"use strict";

Explorer.register("softmax", (() => {
  const { html, real, value, table, row, rows, rowHead, cell } = Explorer;
  const START = { logits: [2, 1, 0], target: 2, temperature: 1, smoothing: 0 };
  const MOST = 120; // the largest logit; float32's exp overflows above 88.72
  const LIMITS = {
    logit: { label: "A logit", min: -MOST, max: MOST, step: 0.1 },
    target: { label: "The true class", min: 1, max: 5 },
    temperature: { label: "Temperature", symbol: "T", min: 0.1, max: 10, step: 0.1 },
    smoothing: { label: "Label smoothing", symbol: "α", min: 0, max: 1, step: 0.01 },
  };
  const sum = (values) => values.reduce((total, value) => total + value, 0);

  // As dlnotes.losses.softmax computes them in float64.
  function exact({ logits, target, temperature, smoothing }) {
    const z = logits.map((logit) => logit / temperature);
    const largest = Math.max(...z);
    const weights = z.map((value) => Math.exp(value - largest));
    const total = sum(weights);
    const logsumexp = largest + Math.log(total);
    const p = weights.map((weight) => weight / total);
    const y = z.map((_, j) => (1 - smoothing) * (j + 1 === target) + smoothing / z.length);
    const entropy = -sum(y.map((share) => (share ? share * Math.log(share) : 0)));
    const loss = -sum(y.map((share, j) => share * (z[j] - logsumexp)));
    return { p, y, loss, entropy, gradient: p.map((_, j) => (p[j] - y[j]) / temperature) };
  }

  // The same in float32: every intermediate result is rounded to the nearest number that it has.
  const f = Math.fround;
  const sum32 = (values) => values.reduce((total, value) => f(total + value), 0);
  function single({ logits, target, temperature }) {
    const z = logits.map((logit) => f(f(logit) / f(temperature)));
    const largest = Math.max(...z);
    const softmax = (exponents) => {
      const weights = exponents.map((exponent) => f(Math.exp(exponent)));
      const total = sum32(weights);
      return { weights, total, p: weights.map((weight) => f(weight / total)) };
    };
    const naive = softmax(z);
    const stable = softmax(z.map((value) => f(value - largest)));
    naive.loss = f(-f(Math.log(naive.p[target - 1])));
    stable.loss = f(f(largest + f(Math.log(stable.total))) - z[target - 1]);
    return { naive, stable };
  }

  // What went wrong in the naive column, in words.
  function diagnosis({ weights, total, loss }) {
    const lost = weights.flatMap((weight, j) => (weight === Infinity ? [j + 1] : []));
    if (lost.length)
      return `Overflow: the exponential of class ${lost.join(" and ")} exceeds the largest float32, 3.40e38, and is inf. inf / inf is NaN.`;
    if (total === Infinity) return "Overflow: the sum exceeds the largest float32, 3.40e38, and is inf.";
    if (total === 0) return "Underflow: every exponential is 0 in float32. 0 / 0 is NaN.";
    if (loss === Infinity) return "Underflow: the probability of the true class is 0 in float32, and −log 0 is inf.";
    return "Nothing overflows, and nothing that matters underflows: both ways agree.";
  }

  // ?softmax=z2,z1,z0,t2,T1,a0: the logits, the true class, temperature and smoothing.
  const KEYS = { z: "logit", t: "target", T: "temperature", a: "smoothing" };
  const written = ({ logits, target, temperature, smoothing }) =>
    [...logits.map((z) => `z${z}`), `t${target}`, `T${temperature}`, `a${smoothing}`].join();

  function parse(text) {
    const { found, problem } = Explorer.parts(text, KEYS, LIMITS);
    if (problem || !found.length) return { state: { ...START }, problem };
    const logits = found.filter(([name]) => name === "logit").map(([, z]) => z);
    const state = { ...START, ...Object.fromEntries(found), logits };
    const wrong =
      logits.length < 3 || logits.length > 5
        ? `There are ${logits.length} logits; there must be 3, 4 or 5`
        : state.target > logits.length && `The true class is ${state.target}; there are ${logits.length} classes`;
    return wrong ? { state: { ...START }, problem: wrong } : { state };
  }

  // A strip with a bar between two places, from 0 to 1, and perhaps a mark.
  function draw(strip, one, other, mark) {
    strip.style.setProperty("--from", Math.min(one, other));
    strip.style.setProperty("--to", Math.max(one, other));
    if (mark !== undefined) strip.style.setProperty("--mark", mark);
  }

  return () => {
    const { state, problem } = parse(Explorer.read("softmax"));
    let lines; // one for each class
    let reach; // of the logits' bars

    const [loss, entropy, total, naiveLoss, stableLoss] = ["loss", "entropy", "sum", "naive-loss", "stable-loss"].map(value);
    const note = html("p");
    const variable = (letter) => html("var", {}, letter);
    const strip = (kind) => html("span", { class: `explorer-strip ${kind}`, "aria-hidden": "true" });
    const heard = Explorer.announcer();

    const classes = Explorer.choice({
      name: "classes",
      label: "Number of classes",
      options: { 3: "3", 4: "4", 5: "5" },
      value: String(state.logits.length),
      change(count) {
        state.logits = Array.from({ length: Number(count) }, (_, j) => state.logits[j] ?? 0);
        state.target = Math.min(state.target, state.logits.length);
        build();
      },
    });
    const [exactBody, singleBody] = [rows(), rows()];
    const [truth, bounds] = [html("div"), html("span")];
    const set = (name) => (next) => {
      state[name] = next;
      update();
    };
    const [temperature, smoothing] = ["temperature", "smoothing"].map((name) =>
      Explorer.field({ ...LIMITS[name], name, value: state[name], change: set(name) }),
    );

    // What changes all logits. It is offered where three decimals and the limits leave it exact.
    const STEPS = { Double: (z) => 2 * z, Halve: (z) => z / 2, "Add 30": (z) => z + 30, "Subtract 30": (z) => z - 30 };
    const stepped = (step) => state.logits.map((z) => Math.round(1000 * STEPS[step](z)) / 1000);
    const exactly = (z, j, step) => Math.abs(z) <= MOST && Math.abs(z - STEPS[step](state.logits[j])) < 1e-9;
    const steps = Object.keys(STEPS).map((step) => {
      const onclick = () => {
        state.logits = stepped(step);
        build();
      };
      return html("button", { type: "button", class: "explorer-button", onclick }, step);
    });
    const reset = () => {
      Object.assign(state, START);
      classes.set(String(state.logits.length));
      temperature.set(state.temperature);
      smoothing.set(state.smoothing);
      build();
    };

    // The rows, anew: there may be more classes than before, and the bars may reach further.
    function build() {
      const names = state.logits.map((_, j) => j + 1);
      reach = [5, 10, 20, 50, MOST].find((most) => state.logits.every((z) => Math.abs(z) <= most));
      lines = names.map((j) => line(j));
      exactBody.replaceChildren(...lines.map((each) => each.exact));
      singleBody.replaceChildren(
        ...lines.map((each) => each.single),
        row(rowHead("sum"), cell(total), cell(), cell()),
        row(rowHead("−log ", variable("p"), html("span", { class: "explorer-small" }, "true class")), cell(), cell(naiveLoss), cell(stableLoss)),
      );
      const target = Explorer.choice({
        name: "target",
        label: "True class",
        options: Object.fromEntries(names.map((j) => [j, String(j)])),
        value: String(state.target),
        change: (next) => set("target")(Number(next)),
      });
      truth.replaceChildren(target.element);
      update();
    }

    function line(j) {
      const logit = Explorer.field({
        ...LIMITS.logit,
        name: `logit-${j}`,
        label: `Logit of class ${j}`,
        value: state.logits[j - 1],
        change(next) {
          state.logits = state.logits.map((z, k) => (k + 1 === j ? next : z));
          while (Math.abs(next) > reach) reach = { 5: 10, 10: 20, 20: 50, 50: MOST }[reach];
          update();
        },
      });
      const parts = { p: strip("marked"), gradient: strip("signed"), slider: logit.element.querySelector("[type=range]") };
      logit.element.classList.add("explorer-logit");
      const shown = Object.fromEntries(["p", "y", "gradient", "exp", "naive", "stable"].map((name) => [name, value(`${name}-${j}`)]));
      parts.name = rowHead();
      const y = html("span", { class: "explorer-small" }, variable("y"), " = ", shown.y);
      parts.exact = row(parts.name, cell(logit.element), cell(shown.p, parts.p, y), cell(shown.gradient, parts.gradient));
      parts.single = row(rowHead(String(j)), cell(shown.exp), cell(shown.naive), cell(shown.stable));
      return { ...parts, shown };
    }

    function update() {
      const { p, y, gradient, ...scalars } = exact(state);
      const { naive, stable } = single(state);
      const widest = Math.max(1, 1 / state.temperature);
      lines.forEach((each, j) => {
        const truly = j + 1 === state.target;
        each.name.replaceChildren(String(j + 1), ...(truly ? [html("span", { class: "explorer-small" }, "true")] : []));
        for (const limit of ["min", "max"]) each.slider[limit] = limit === "min" ? -reach : reach;
        each.slider.value = state.logits[j];
        draw(each.slider, 0.5, 0.5 + state.logits[j] / reach / 2);
        draw(each.p, 0, p[j], y[j]);
        draw(each.gradient, 0.5, 0.5 + gradient[j] / widest / 2);
        const texts = { p: real(p[j]), y: real(y[j]), gradient: real(gradient[j], 1e-9) };
        Object.assign(texts, { exp: real(naive.weights[j]), naive: real(naive.p[j]), stable: real(stable.p[j]) });
        for (const [name, text] of Object.entries(texts)) each.shown[name].textContent = text;
      });
      bounds.textContent = `−${reach} to ${reach}`;
      loss.textContent = real(scalars.loss, 1e-9);
      entropy.textContent = real(scalars.entropy, 1e-9);
      total.textContent = real(naive.total);
      // float32 leaves no more digits of these.
      naiveLoss.textContent = real(naive.loss, 1e-4);
      stableLoss.textContent = real(stable.loss, 1e-4);
      note.textContent = diagnosis(naive);
      for (const each of singleBody.querySelectorAll("[data-value]"))
        each.classList.toggle("explorer-lost", ["NaN", "inf"].includes(each.textContent));
      steps.forEach((each) => (each.disabled = !stepped(each.textContent).every((z, j) => exactly(z, j, each.textContent))));
      heard.say(`Loss ${loss.textContent} nats, p of the true class ${real(p[state.target - 1])}. In float32: ${note.textContent}`);
      Explorer.write("softmax", written(state) === written(START) ? "" : written(state));
    }

    const [p, y, z, T] = ["p", "y", "z", "T"].map((letter) => () => variable(letter));
    build();
    return html(
      "div",
      { class: "explorer-body" },
      Explorer.apology(problem),
      html("div", { class: "explorer-row explorer-apart" }, classes.element, truth),
      html("div", { class: "explorer-fields" }, temperature.element, smoothing.element),
      table(
        "softmax-exact",
        ["Drag the logits, or type them. ", p(), " is softmax of ", z(), "/", T(), ". The bars of ", z(), " reach from ", bounds, "."],
        [["class"], ["logit ", z()], [p(), ", mark at ", y()], ["gradient ", html("span", { class: "explorer-value" }, "(", p(), " − ", y(), ")/", T())]],
        exactBody,
      ),
      html("div", { class: "explorer-row", role: "group", "aria-label": "All logits" }, html("span", {}, "All logits:"), steps),
      html("p", {}, html("strong", {}, "Loss ", loss, " nats."), " The smallest that this target allows, its entropy, is ", entropy, "."),
      table(
        "softmax-single",
        ["The same in float32: naively, and with the largest exponent subtracted first."],
        [["class"], ["e", html("sup", {}, z(), "/", T())], ["naive ", p()], ["stable ", p()]],
        singleBody,
      ),
      note,
      Explorer.foot("softmax", () => written(state), reset),
      heard.element,
    );
  };
})());
