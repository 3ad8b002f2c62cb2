// What the explorers share. A plain script, which runs from file:// too; it defines one name, Explorer.
"use strict";

window.Explorer = (() => {
  const builders = new Map();
  const mounted = new WeakSet();

  // Puts the explorer in the place of what readers without scripts see, and keeps that for printing. If building the
  // explorer fails, nothing changes.
  function mount(place) {
    const build = builders.get(place.dataset.explorer);
    if (!build || mounted.has(place)) return;
    mounted.add(place);
    const explorer = build(place);
    place.replaceChildren(html("div", { class: "explorer-before" }, ...place.childNodes), explorer);
  }

  // `build` takes the place, <div data-explorer="name">, and returns the element to show there.
  function register(name, build) {
    builders.set(name, build);
    document.querySelectorAll(`[data-explorer="${name}"]`).forEach(mount);
  }

  function fill(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {}))
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value === true) element.setAttribute(name, "");
      else if (value !== false && value != null) element.setAttribute(name, value);
    element.append(...children.flat());
    return element;
  }

  // html("p", { class: "note", onclick: f }, "text", otherElement); svg() alike.
  const html = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
  const svg = (tag, attributes, ...children) =>
    fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

  // As on the pages: a true minus, and as many decimals as asked for.
  const number = (value, digits = 0) => value.toFixed(digits).replace(/^-(?=0\.?0*$)/, "").replace("-", "−");

  // Any number, to four decimals, or as 1.23e−5 where these would show too little or too much. What is smaller than
  // `noise` is shown as 0: a difference of larger numbers isn't more exact than that.
  function real(value, noise = 0) {
    if (Math.abs(value) < noise) return number(0, 4);
    const size = Math.abs(value);
    if (!Number.isFinite(value)) return String(value).replace("Infinity", "inf").replace("-", "−");
    if (size === 0 || (size >= 1e-4 && size < 1e5)) return number(value, size < 100 ? 4 : 2);
    return value.toExponential(2).replace(/e\+?/, "e").replaceAll("-", "−");
  }

  // One parameter of the address, such as ?conv=i9,k3. The others and the anchor stay as they are.
  const read = (key) => new URLSearchParams(location.search).get(key);
  function address(key, text) {
    const url = new URL(location.href);
    if (text) url.searchParams.set(key, text);
    else url.searchParams.delete(key);
    url.search = url.search.replaceAll("%2C", ",");
    return url.href;
  }
  // Browsers refuse more than a hundred changes in half a minute. A long drag makes more: then it waits for a pause.
  let allowed = 50;
  let pending;
  function write(key, text) {
    const page = location.pathname;
    const change = () => {
      if (location.pathname === page && address(key, text) !== location.href)
        history.replaceState(history.state, "", address(key, text));
    };
    clearTimeout(pending);
    if (allowed > 0) {
      allowed -= 1;
      setTimeout(() => (allowed += 1), 30_000);
      change();
    } else pending = setTimeout(change, 1000);
  }

  let ids = 0;
  const id = () => `explorer-${(ids += 1)}`;

  // Why `text` is no value for the field, or "".
  function refusal({ label, min, max, step = 1 }, text) {
    const value = Number(text);
    const whole = Number.isInteger(step);
    if (String(text).trim() && value >= min && value <= max && (!whole || Number.isInteger(value))) return "";
    const given = String(text).trim() || "empty";
    return `${label} is ${given}; it must be a ${whole ? "whole " : ""}number from ${number(min, decimals(min))} to ${number(max, decimals(max))}`;
  }

  // Reads a view such as e2,N5: each part is a letter of `letters`, which maps it to a name in `limits`, and a number.
  // Returns the parts in order, as [name, number], and what is wrong with the first that is no such part.
  function parts(text, letters, limits) {
    const found = [];
    for (const part of text ? text.split(",") : []) {
      const name = letters[part[0]];
      const problem = name ? refusal(limits[name], part.slice(1)) : `“${part}” starts with none of ${Object.keys(letters).join(", ")}`;
      if (problem) return { found, problem };
      found.push([name, Number(part.slice(1))]);
    }
    return { found };
  }

  // What to say above an explorer whose address made no sense.
  const apology = (problem) =>
    problem ? html("p", { class: "explorer-note" }, `The address can’t be shown. ${problem}. These are the values to start with.`) : "";

  // Copies a link to the section, #explorer, in which `view` returns what the address should say.
  const linkButton = (key, view) => copyButton("Copy link", () => address(key, view()).replace(/#.*|$/, "#explorer"));

  // What stands below an explorer.
  function foot(key, view, reset) {
    const again = html("button", { type: "button", class: "explorer-button", onclick: reset }, "Start again");
    return html("div", { class: "explorer-row" }, again, linkButton(key, view));
  }

  // A labelled number: a slider for the hand and a box for exact values. `name` marks both, as data-field, for tests.
  function field({ name, label, symbol, min, max, step = 1, value, change }) {
    const limits = { label, min, max, step };
    const labelled = id();
    const noted = id();
    const common = { min, max, step, value, "data-field": name, autocomplete: "off" };
    const note = html("p", { id: noted, class: "explorer-note", hidden: true });
    const box = html("input", { type: "number", inputmode: min < 0 ? null : "decimal", "aria-labelledby": labelled, ...common });
    const slider = html("input", { type: "range", "aria-labelledby": labelled, ...common });

    function show(problem) {
      note.hidden = !problem;
      note.textContent = problem ? `${problem}. The value stays ${number(control.value, decimals(control.value))}.` : "";
      box.setAttribute("aria-invalid", Boolean(problem));
      if (problem) box.setAttribute("aria-describedby", noted);
      else box.removeAttribute("aria-describedby");
    }
    function take(event) {
      const problem = refusal(limits, event.target.value);
      if (!problem) {
        const other = event.target === box ? slider : box;
        control.value = Number(event.target.value);
        other.value = event.target.value;
        change(control.value);
      }
      show(problem);
    }
    const control = {
      value,
      element: html(
        "div",
        { class: "explorer-field" },
        html("label", { id: labelled, for: (box.id = id()) }, label, symbol ? html("var", {}, ` ${symbol}`) : ""),
        slider,
        box,
        note,
      ),
      // Sets the value without calling `change`.
      set(next) {
        control.value = next;
        slider.value = box.value = next;
        show("");
      },
      // Why `text` would be refused, or "".
      refusal: (text) => refusal(limits, text),
      // Moves the upper end of the range.
      limit(most) {
        limits.max = slider.max = box.max = most;
      },
    };
    for (const input of [slider, box]) input.addEventListener("input", take);
    return control;
  }

  const decimals = (value) => (String(value).split(".")[1] || "").length;

  // One of a few words: `options` maps each value to what is shown.
  function choice({ name, label, options, value, change }) {
    const group = id();
    const inputs = Object.keys(options).map((option) =>
      html("input", {
        type: "radio",
        name: group,
        value: option,
        "data-field": name,
        checked: option === value,
        onchange: () => change((control.value = option)),
      }),
    );
    const control = {
      value,
      element: html(
        "fieldset",
        { class: "explorer-choice" },
        html("legend", {}, label),
        inputs.map((input) => html("label", {}, input, html("span", {}, options[input.value]))),
      ),
      set(next) {
        control.value = next;
        for (const input of inputs) input.checked = input.value === next;
      },
    };
    return control;
  }

  // Tells those who listen, once they have stopped changing things.
  function announcer() {
    let timer;
    const element = html("p", { class: "explorer-heard", "aria-live": "polite" });
    const say = (text) => {
      clearTimeout(timer);
      timer = setTimeout(() => (element.textContent = text), 500);
    };
    return { element, say };
  }

  // A number that tests compare, by its name, with what dlnotes computes.
  const value = (name) => html("span", { class: "explorer-value", "data-value": name });

  // A table, and its parts. With roles: a narrow screen may make two lines of a row, by styles that take a table's away.
  const cell = (...contents) => html("td", { role: "cell" }, ...contents);
  const rowHead = (...contents) => html("th", { role: "rowheader", scope: "row" }, ...contents);
  const row = (...contents) => html("tr", { role: "row" }, ...contents);
  const rows = (...contents) => html("tbody", { role: "rowgroup" }, ...contents);
  function table(kind, caption, heads, body) {
    const head = row(heads.map((head) => html("th", { role: "columnheader", scope: "col" }, ...head)));
    return html(
      "table",
      { class: `explorer-numbers ${kind}`, role: "table" },
      html("caption", {}, ...caption),
      heads.length ? html("thead", { role: "rowgroup" }, head) : "",
      body,
    );
  }

  // A button that copies what `text` returns.
  function copyButton(label, text) {
    const button = html("button", { type: "button", class: "explorer-button", onclick: copy }, label);
    async function copy() {
      try {
        await navigator.clipboard.writeText(text());
        button.textContent = "Copied";
      } catch {
        window.prompt(label, text()); // where the browser keeps scripts from copying, the reader copies
      }
      setTimeout(() => (button.textContent = label), 1500);
    }
    return button;
  }

  const shared = { register, mount, html, svg, number, real, read, write, refusal, field, choice, announcer, copyButton };
  return { ...shared, parts, apology, linkButton, foot, value, table, row, rows, rowHead, cell };
})();
