/* The panel of all rules: every landscape, up to four rules, every number. What it shows
   is in the address, behind the #, so that a link has the picture. */
(() => {
  const { Panel, bestRate, element, limitsOf, linear, problems, show, standards } =
    panels;
  const { families, mixins, apart } = panelsData;
  const MOST = 4;
  const LONGEST = 500;
  const keys = Object.values(families).flat();
  // What landscapes are told, in words of the page: where it begins, and its range.
  const landscape = (problem) => {
    const found = {};
    for (const name of problems[problem])
      if (name === "curvatures") found.condition = [100, "[1, 1000]"];
      else if (name === "angle") found.angle = [30, "[-90, 90]"];
      else if (name in standards([problem]))
        found[name] = [1, standards([problem])[name].range];
    return found;
  };
  const told = (problem) =>
    Object.fromEntries(
      Object.entries(landscape(problem)).map(([name, [x]]) => [name, x]),
    );
  const quote = (text) => `'${text}'`;
  const goes = (mixin, key) =>
    mixins.includes(mixin) &&
    !apart.some(([over, rules]) => over.includes(mixin) && rules.includes(key));
  const number = (text) =>
    /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;

  class Explorer extends Panel {
    build() {
      this.first = {
        problem: this.problem,
        told: this.told,
        steps: this.steps,
        rules: this.rules.map(({ label, values }) => ({
          key: label,
          mixin: "",
          values,
        })),
      };
      this.code = this.root.querySelector("pre");
      super.build();
      addEventListener("hashchange", () => {
        if (!this.isAsked()) return;
        this.read();
        this.root.scrollIntoView({ behavior: "instant" });
      });
    }
    // All there is to choose.
    offer() {
      if (!this.cards) {
        this.read();
        return;
      }
      this.settle();
      const shown = [];
      const keep = (control) => {
        shown.push(control);
        return control.label;
      };
      const where = this.select(
        "Landscape",
        "problem",
        { "": Object.keys(problems) },
        this.problem,
        (name) => {
          Object.assign(this, { problem: name, told: told(name), placed: null });
          this.renew();
        },
      );
      const ground = element(
        "div",
        { className: "walk-controls" },
        where,
        ...Object.keys(this.told).map((name) => keep(this.landscape(name))),
        ...this.base.w.map((_, i) => keep(this.startSlider(i))),
        keep(
          this.slider("steps", {
            scale: () => linear(1, LONGEST, 1),
            get: () => this.steps,
            set: (steps) => {
              const atEnd = this.step === this.steps;
              this.steps = steps;
              this.step = atEnd ? steps : Math.min(this.step, steps);
              this.redraw();
            },
          }),
        ),
      );
      const cards = this.cards.map((card, i) => this.card(card, i, keep));
      const more = this.button("Add a rule", () => {
        this.add({
          key: keys.find((key) => this.cards.every((card) => card.key !== key)),
          mixin: "",
        });
        this.renew();
      });
      more.disabled = this.cards.length === MOST;
      const best = this.button("Best rate for all", () => this.search(this.rules));
      best.id = `${this.id}-best`;
      more.id = `${this.id}-more`;
      this.shown = shown;
      this.controls.replaceChildren(
        ground,
        element("div", { className: "walk-cards" }, ...cards),
        element("div", { className: "walk-steps" }, best, more),
      );
    }
    select(text, name, groups, value, choose) {
      const id = `${this.id}-${name}`;
      const options = Object.entries(groups).flatMap(([group, names]) => {
        const made = names.map((name) =>
          element("option", { value: name }, name || "nothing"),
        );
        return group ? [element("optgroup", { label: group }, ...made)] : made;
      });
      const select = element("select", { id }, ...options);
      select.value = value;
      select.addEventListener("change", () => choose(select.value));
      const label = element("label", { htmlFor: id }, text);
      return element("div", { className: "walk-select" }, label, select);
    }
    card(card, i, keep) {
      const rule = this.rules[i];
      const over = mixins.filter((mixin) => goes(mixin, rule.names.at(-1)));
      const change = (changed) => {
        this.cards[i] = { ...card, ...changed };
        this.rules[i] = this.made(this.cards[i], changed.key ? {} : rule.values);
        this.name();
        this.renew();
      };
      rule.legend = element("legend");
      const remove = this.button("Remove", () => {
        this.cards.splice(i, 1);
        this.rules.splice(i, 1);
        this.name();
        this.renew();
        this.root.querySelector(`#${this.id}-more`).focus();
      });
      remove.disabled = this.cards.length === 1;
      const best = this.button("Best rate", () => this.search([rule]));
      best.id = `${this.id}-best-${i}`;
      return element(
        "fieldset",
        {},
        rule.legend,
        element(
          "div",
          { className: "walk-controls" },
          this.select("Rule", `rule-${i}`, families, card.key, (key) =>
            change({ key, mixin: "" }),
          ),
          this.select(
            "Over it",
            `mixin-${i}`,
            { "": ["", ...over] },
            card.mixin,
            (mixin) => change({ mixin }),
          ),
          ...Object.keys(rule.values).map((name) => keep(this.control(name, [rule]))),
        ),
        element("div", { className: "walk-steps" }, best, remove),
      );
    }
    made({ key, mixin }, values = {}) {
      const [names, own] = panels.variants[key] ?? [[key], {}];
      const rule = this.complete({
        label: key,
        names: mixin ? [mixin, ...names] : names,
        values: own,
      });
      const kept = Object.entries(values).filter(([name]) => name in rule.values);
      return { ...rule, own, values: { ...rule.values, ...Object.fromEntries(kept) } };
    }
    add(card, values) {
      this.cards.push(card);
      this.rules.push(this.made(card, values));
      this.name();
    }
    // No two rules have one label.
    name() {
      const seen = {};
      this.rules.forEach((rule, i) => {
        const { key, mixin } = this.cards[i];
        const label = mixin ? `${key}, ${mixin}` : key;
        seen[label] = (seen[label] ?? 0) + 1;
        rule.label = seen[label] > 1 ? `${label}, ${seen[label]}` : label;
      });
    }
    // Other controls, with the focus where it was.
    renew() {
      const { id } = document.activeElement;
      this.offer();
      this.redraw();
      if (id) this.root.querySelector(`#${CSS.escape(id)}`)?.focus();
    }
    redraw() {
      super.redraw();
      this.rules.forEach(({ legend, label }, i) =>
        legend.replaceChildren(this.swatch(this.looks[i]), label),
      );
      this.write();
    }
    search(rules) {
      const words = rules.map((rule) => {
        const { lr, arrives } = bestRate(this, rule);
        if (!lr) return `${rule.label}: diverges with every rate.`;
        rule.values.lr = lr;
        const how =
          arrives > this.steps
            ? "ends lowest; it is there with no rate"
            : `is there soonest, at step ${arrives}`;
        return `${rule.label}: with lr ${show(lr, 3)} it ${how}.`;
      });
      this.redraw();
      this.notes.textContent = words.join(" ");
    }

    // The address.
    isAsked() {
      return location.hash.includes("=");
    }
    write() {
      const parts = [`problem=${this.problem}`];
      for (const name in this.told) parts.push(`${name}=${this.told[name]}`);
      if (this.placed) parts.push(`start=${this.placed}`);
      parts.push(`steps=${this.steps}`);
      if (this.step !== this.steps) parts.push(`step=${this.step}`);
      this.rules.forEach((rule, i) => {
        const { key, mixin } = this.cards[i];
        const values = this.given(rule, rule.own).map(([name, x]) => `,${name}=${x}`);
        parts.push(`rule=${key}${mixin && `-${mixin}`}${values.join("")}`);
      });
      this.address = `#${parts.join("&")}`;
      this.code.textContent = this.python();
      // Not before a reader has changed something, and not for each of their moves:
      // browsers refuse to change it a hundred times in some seconds.
      if (!panels.explorer) return;
      clearTimeout(this.writing);
      this.writing = setTimeout(
        () => history.replaceState(null, "", this.address),
        300,
      );
    }
    // Numbers that are not as they are by default, and the rate.
    given({ names, values }, own = {}) {
      const declared = standards(names);
      return Object.entries(values).filter(
        ([name, x]) => name === "lr" || x !== (own[name] ?? declared[name].default),
      );
    }
    read() {
      this.stop();
      const query = this.isAsked() ? location.hash.slice(1) : "";
      const asked = new URLSearchParams(query);
      const notes = [];
      const { problem, steps, rules } = this.first;
      const take = (name, range, standard) => {
        if (!asked.has(name)) return standard;
        const text = asked.get(name);
        const x = number(text);
        if (limitsOf(range).fits(x)) return x;
        notes.push(
          `${name} must be a number in ${range}, and not ${quote(text)}: ` +
            `here it is ${show(standard)}.`,
        );
        return standard;
      };
      const whole = (name, range, standard) => Math.round(take(name, range, standard));
      this.problem = asked.get("problem") ?? problem;
      if (!Object.hasOwn(problems, this.problem)) {
        notes.push(`There is no landscape ${quote(this.problem)}: here is ${problem}.`);
        this.problem = problem;
      }
      this.told = told(this.problem);
      const known = [
        "problem",
        "start",
        "step",
        "steps",
        "rule",
        ...Object.keys(this.told),
      ];
      for (const [name, [standard, range]] of Object.entries(landscape(this.problem)))
        this.told[name] = take(name, range, standard);
      this.steps = whole("steps", `[1, ${LONGEST}]`, steps);
      this.step = whole("step", `[0, ${this.steps}]`, this.steps);
      for (const name of new Set(asked.keys()))
        if (!known.includes(name))
          notes.push(`${quote(name)} is nothing that is asked here.`);

      this.placed = null;
      this.settle();
      if (asked.has("start")) {
        const start = asked.get("start").split(",").map(number);
        const { limits } = this.base;
        const fits = ([low, high], i) =>
          low - 0.001 <= start[i] && start[i] <= high + 0.001;
        if (start.length === limits.length && limits.every(fits)) this.placed = start;
        else
          notes.push(
            `start must be ${limits.length} numbers within the picture, ` +
              `and not ${quote(asked.get("start"))}.`,
          );
      }

      [this.cards, this.rules] = [[], []];
      for (const text of asked.getAll("rule")) {
        const [head, ...rest] = text.split(",");
        const [key, mixin = ""] = head.split("-");
        if (this.cards.length === MOST)
          notes.push(`There is room for ${MOST} rules: ${quote(head)} is left out.`);
        else if (!keys.includes(key)) notes.push(`There is no rule ${quote(key)}.`);
        else {
          const fits = !mixin || goes(mixin, key);
          if (!fits) notes.push(`${quote(mixin)} does not go over ${key}.`);
          this.add({ key, mixin: fits ? mixin : "" });
          const rule = this.rules.at(-1);
          for (const pair of rest) this.tell_rule(rule, ...pair.split("="), notes);
        }
      }
      if (!this.cards.length)
        for (const { values, ...card } of rules) this.add(card, values);
      this.offer();
      // The first time, what draws comes after.
      if (this.walks) this.redraw();
      this.notes.textContent = notes.join(" ");
    }
    tell_rule(rule, name, text = "", notes) {
      const declared = standards(rule.names);
      if (!Object.hasOwn(declared, name)) {
        notes.push(`${rule.label} has no number ${quote(name)}.`);
        return;
      }
      const { kind, range } = declared[name];
      const flags = { true: true, false: false };
      const x = kind === "flags" ? flags[text.toLowerCase()] : number(text);
      const fits =
        kind === "flags"
          ? x !== undefined
          : limitsOf(range).fits(x) && (kind !== "counts" || Number.isInteger(x));
      if (fits) rule.values[name] = x;
      else
        notes.push(
          `${name} of ${rule.label} must be in ${range || "true, false"}, and not ${quote(text)}: ` +
            "it is as by default.",
        );
    }

    // The same in Python.
    python() {
      const value = (x) =>
        typeof x === "boolean" ? (x ? "True" : "False") : String(x);
      const list = (given) => given.map(([name, x]) => `${name}=${value(x)}`);
      const { angle, condition, ...rest } = this.told;
      const arguments_ = [
        ...(condition === undefined ? [] : [`[1, ${condition}]`]),
        ...list(Object.entries({ ...(angle && { angle }), ...rest })),
        ...(problems[this.problem].includes("rng") ? ["rng=0"] : []),
        ...(this.placed ? [`start=[${this.placed.join(", ")}]`] : []),
      ];
      const names = [...new Set(this.rules.flatMap((rule) => rule.names))].sort();
      const classes = this.rules.filter((rule) => rule.names.length > 1);
      const joined = (rule) => rule.names.join("");
      const definitions = new Map(
        classes.map((rule) => [
          joined(rule),
          `\nclass ${joined(rule)}(${rule.names.join(", ")}):\n    pass\n\n\n`,
        ]),
      );
      const rules = this.rules.map(
        (rule) =>
          `    ${JSON.stringify(rule.label)}: (${joined(rule)}, dict(${list(this.given(rule)).join(", ")})),\n`,
      );
      const drawn = this.isFlat ? "from npoptim.plotting import trajectories\n" : "";
      const shown = this.isFlat
        ? "trajectories(problem, paths)"
        : "for label, path in paths.items():\n    print(label, path[-1])";
      return `from npoptim import ${names.join(", ")}
${drawn}from npoptim.problems import ${this.problem}, descend

${[...definitions.values()].join("")}rules = {
${rules.join("")}}
paths = {}
for label, (rule, values) in rules.items():
    problem = ${this.problem}(${arguments_.join(", ")})
    paths[label] = descend(problem, rule(problem, **values), ${this.steps})
${shown}
`;
    }
  }

  const root = document.querySelector("[data-explorer]");
  panels.explorer = new Explorer(root);
  if (panels.explorer.isAsked()) root.scrollIntoView({ behavior: "instant" });
})();
