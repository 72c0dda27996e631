/* A panel: some rules walk down one landscape, and a reader moves what they are told.
   What it shows is in the element's data-panel, and what the classes are in
   npoptim.js. Its numbers are those of npoptim.problems.descend and npoptim.trace. */
const panels = (() => {
  const { compose, create, descend } = npoptim;
  const { colors, places, problems, variants } = panelsData;

  const element = (tag, properties, ...children) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  };

  const range = (n, make) => Array.from({ length: n }, make);
  const on = (target, names, act, options) => {
    for (const name of names.split(" ")) target.addEventListener(name, act, options);
  };

  // A number as Python's format has it, "{:.6g}" or with other digits.
  const show = (x, digits = 6) => {
    if (!isFinite(x)) return isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf";
    // All its digits, and how Python rounds where they end in a 5: to the even.
    const [whole, end] = Math.abs(x).toExponential(60).split("e");
    const isTie =
      /[02468]\.?$/.test(whole.slice(0, digits + 1)) &&
      /^50*$/.test(whole.slice(digits + 1));
    const near = isTie
      ? `${whole.slice(0, digits + 1)}e${end}`
      : Math.abs(x).toExponential(digits - 1);
    const [mantissa, power] = near.split("e");
    const k = Number(power);
    const sign = x < 0 ? "-" : "";
    const size = String(Math.abs(k)).padStart(2, "0");
    return k >= -4 && k < digits
      ? sign + Number(near)
      : `${sign}${Number(mantissa)}e${k < 0 ? "-" : "+"}${size}`;
  };
  // An array as trace prints it. What has no dimensions is a list of one number here.
  const cell = (value, n) =>
    value === undefined
      ? ""
      : typeof value === "number"
        ? show(value)
        : value.length === 1 && n > 1 && typeof value[0] === "number"
          ? show(value[0])
          : `[${value.map((each) => cell(each, 1)).join(" ")}]`;

  // Where on a slider a number of a declared range is. Positions are whole.
  const limitsOf = (range) => {
    const [, left, low, high, right] = /([[(])(.*), (.*)([\])])/.exec(range);
    const ends = [low, high].map((end) => Number(end.replace("inf", "Infinity")));
    const [a, b] = ends;
    const fits = (x) =>
      isFinite(x) &&
      (left === "[" ? a <= x : a < x) &&
      (right === "]" ? x <= b : x < b);
    return { low: a, high: b, fits };
  };
  const between = (x, low, high) => Math.min(Math.max(x, low), high);
  const rounded = (x, digits) => Number(x.toPrecision(digits));
  const nearest = (scale) => ({
    ...scale,
    position: (value) => {
      let [low, high] = [0, scale.last];
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (scale.value(middle) <= value) low = middle;
        else high = middle;
      }
      return value - scale.value(low) < scale.value(high) - value ? low : high;
    },
  });
  const linear = (low, high, step) =>
    nearest({
      last: Math.round((high - low) / step),
      value: (k) => rounded(low + k * step, 6),
    });
  const PER_DECADE = 20;
  const logarithmic = (low, high, zero) => {
    const first = Math.round(PER_DECADE * Math.log10(low)) - Number(zero);
    return nearest({
      last: Math.round(PER_DECADE * Math.log10(high)) - first,
      value: (k) =>
        zero && k === 0 ? 0 : rounded(10 ** ((first + k) / PER_DECADE), 3),
    });
  };
  const scaleOf = ({ kind, range, default: standard }) => {
    const { low, high, fits } = limitsOf(range);
    if (kind === "counts") return linear(low, Math.max(20, 4 * standard), 1);
    // What decays by a factor below 1 is felt as 1 minus that.
    if (range === "[0, 1)")
      return nearest({
        last: 5 * PER_DECADE,
        value: (k) => rounded(1 - rounded(10 ** (-k / PER_DECADE), 2), 6),
      });
    if (low === -Infinity) return linear(-10, 10, 0.1);
    if (high < Infinity) {
      const step = (high - low) / 100;
      const inside = [low, high].map((end, i) =>
        fits(end) ? end : end + (i ? -step : step),
      );
      return linear(...inside, step);
    }
    // Rates, epsilons, strengths: over the range's low end.
    const usual = (standard ?? 0.01) - low || 0.01;
    const above = logarithmic(
      low ? 1e-3 : 10 ** Math.floor(Math.log10(Math.min(1e-5, usual / 1e4))),
      10 ** Math.ceil(Math.log10(Math.max(10, 100 * usual))),
      fits(low),
    );
    return low
      ? nearest({ last: above.last, value: (k) => rounded(low + above.value(k), 6) })
      : above;
  };

  // The look of each label, as npoptim.plotting.styles gives it: a color and dashes.
  const nameIn = (label) =>
    Object.keys(places)
      .filter((name) => label.startsWith(name))
      .sort((a, b) => b.length - a.length)[0] ?? "";
  const dashesOf = (k) =>
    k === 0
      ? []
      : k === 2
        ? [1, 1.5]
        : [
            5,
            1.5,
            ...Array(Math.max(0, k - 2))
              .fill([1, 1.5])
              .flat(),
          ];
  const styles = (labels) => {
    const taken = {};
    const reserved = labels.map((label) => places[nameIn(label)]?.[0]);
    const everyone = colors.light.map((_, i) => i);
    const free = everyone.filter((i) => !reserved.includes(i));
    const others = free.length ? free : everyone;
    const dashes = [...labels.keys(), labels.length];
    const rank = (label) => (label in places ? 0 : nameIn(label) ? 1 : 2);
    for (const label of [...labels].sort((a, b) => rank(a) - rank(b))) {
      const [color, dash] = places[nameIn(label)] ?? [];
      const wanted =
        color === undefined
          ? dashes.flatMap((d) => others.map((c) => [c, d]))
          : [dash, ...dashes].map((d) => [color, d]);
      const used = Object.values(taken).map(String);
      taken[label] = wanted.find((look) => !used.includes(`${look}`));
    }
    return labels.map((label) => {
      const [color, dash] = taken[label];
      return { color, dashes: dashesOf(dash) };
    });
  };

  // What default_rng(0) of NumPy draws, normally distributed: its generator is PCG64,
  // its method the ziggurat of Marsaglia and Tsang with 256 layers.
  const draws = (() => {
    const known = [];
    let next;
    const start = () => {
      const MASK = (1n << 64n) - 1n;
      const WHOLE = (1n << 128n) - 1n;
      let [state, step] = panelsData.seed.map(BigInt);
      const bits = () => {
        state = (state * 0x2360ed051fc65da44385df649fccf645n + step) & WHOLE;
        const turn = state >> 122n;
        const x = ((state >> 64n) ^ state) & MASK;
        return ((x >> turn) | (x << (64n - turn))) & MASK;
      };
      const uniform = () => Number(bits() >> 11n) / 2 ** 53;
      const R = 3.6541528853610088;
      const AREA = 0.004928673233974658;
      const f = (x) => Math.exp((-x * x) / 2);
      const x = [AREA / f(R), R];
      for (let i = 2; i < 256; i++)
        x[i] = Math.sqrt(-2 * Math.log(AREA / x[i - 1] + f(x[i - 1])));
      x[256] = 0;
      next = () => {
        for (;;) {
          const r = bits();
          const layer = 256 - (Number(r & 255n) || 256);
          const far = Number((r >> 9n) & ((1n << 52n) - 1n)) / 2 ** 52;
          const sign = (r >> 8n) & 1n ? -1 : 1;
          if (layer === 0) {
            if (far * x[0] < R) return sign * far * x[0];
            for (;;) {
              const a = -Math.log1p(-uniform()) / R;
              const b = -Math.log1p(-uniform());
              if (b + b > a * a) return (r >> 17n) & 1n ? -(R + a) : R + a;
            }
          }
          const w = far * x[layer];
          if (w < x[layer + 1]) return sign * w;
          const low = f(x[layer]);
          const high = f(x[layer + 1]);
          if (low + (high - low) * uniform() < f(w)) return sign * w;
        }
      };
    };
    return (i) => {
      if (!next) start();
      while (known.length <= i) known.push(next());
      return known[i];
    };
  })();
  const generator = () => {
    let turn = 0;
    return { normal: ([n]) => range(n, () => draws(turn++)) };
  };

  // Contours by marching squares: of each cell of a grid, the lines between its edges,
  // each as four numbers of the grid.
  const GRID = 120;
  const LEVELS = 20;
  const FEW = 0.001; // of the points are below the lowest level: those beside the floor
  const contours = (problem) => {
    const axes = problem.limits.map(([low, high]) =>
      range(GRID + 1, (_, i) => low + ((high - low) * i) / GRID),
    );
    const [xs, ys] = axes;
    const values = problem.value([
      ys.flatMap(() => xs),
      ys.flatMap((y) => xs.map(() => y)),
    ]);
    const least = floorOf(problem, values);
    const above = Float64Array.from(values, (v) => v - least).sort();
    const some = above.subarray(above.findIndex((v) => v > 0));
    const low = some[Math.floor(FEW * (some.length - 1))];
    const ratio = (some.at(-1) / low) ** (1 / (LEVELS - 1));
    const levels = range(LEVELS, (_, k) => least + low * ratio ** k);
    const lines = [];
    const cut = (a, b, level, x, y, right, up) => {
      if (a <= level === b <= level) return;
      const share = (level - a) / (b - a);
      lines.push(x + right * share, y + up * share);
    };
    for (let j = 0; j < GRID; j++)
      for (let i = 0; i < GRID; i++) {
        const at = j * (GRID + 1) + i;
        const [a, b] = [values[at], values[at + 1]];
        const [d, c] = [values[at + GRID + 1], values[at + GRID + 2]];
        const highest = Math.max(a, b, c, d);
        const lowest = Math.min(a, b, c, d);
        const first = Math.ceil(
          Math.log((lowest - least) / low) / Math.log(ratio) - 1e-9,
        );
        for (let k = Math.max(first, 0); levels[k] < highest; k++) {
          cut(a, b, levels[k], i, j, 1, 0);
          cut(b, c, levels[k], i + 1, j, 0, 1);
          cut(d, c, levels[k], i, j + 1, 1, 0);
          cut(a, d, levels[k], i, j, 0, 1);
        }
      }
    return lines;
  };
  const floorOf = (problem, values = []) => {
    let least = Math.min(...problem.minimizers.map((w) => problem.value(w)));
    for (const v of values) if (v < least) least = v;
    return least;
  };

  // What an address or a page says of a landscape, as the problem is told it.
  const create_problem = (name, told, start) => {
    const given = { ...told, rng: generator(), start };
    if ("condition" in given) given.curvatures = [1, given.condition];
    return create([name], ...problems[name].map((parameter) => given[parameter]));
  };
  const standards = (names) => compose(...names).prototype.hyperparameters;

  const ARRIVED = 0.05; // this close to a minimum
  // Where a rule goes: points, losses, the step from which on it stays near a minimum,
  // that from which on it is out of the picture, and what trace has for one step.
  const walk = (panel, rule, wanted = -1) => {
    const { steps } = panel;
    const problem = create_problem(panel.problem, panel.told, panel.start);
    const optimizer = create(rule.names, problem, rule.values);
    const { limits } = panel.base;
    const { w, minimizers } = problem;
    const n = w.length;
    const points = new Float64Array(n * (steps + 1));
    const losses = new Float64Array(steps + 1);
    const found = { points, losses, arrives: 0, leaves: Infinity };
    const keep = (t) => {
      let inside = true;
      for (let i = 0; i < n; i++) {
        points[n * t + i] = w[i];
        inside &&= limits[i][0] <= w[i] && w[i] <= limits[i][1];
      }
      let near = Infinity;
      for (const minimizer of minimizers) {
        let square = 0;
        for (let i = 0; i < n; i++) square += (w[i] - minimizer[i]) ** 2;
        near = Math.min(near, square);
      }
      if (!(near <= ARRIVED ** 2)) found.arrives = t + 1;
      if (inside) found.leaves = Infinity;
      else if (found.leaves > t) found.leaves = t;
      losses[t] = problem.value(w);
    };
    keep(0);
    descend(problem, optimizer, steps, (t) => {
      keep(t);
      if (t !== wanted) return;
      const { gradients: g, state, updates: increment, parameters: w } = optimizer;
      const fields = Object.entries({ g, ...state, increment, w });
      found.record = fields.map(([name, [layer]]) => [name, cell(layer.w, n)]);
    });
    return found;
  };

  // The rate with which a rule is there soonest, of those that the lessons try. If it is
  // there with none, that with which it ends lowest.
  const RATES = range(51, (_, k) => 10 ** (k / 10 - 4));
  const bestRate = (panel, rule) => {
    const never = panel.steps + 1;
    let best = { arrives: never, end: Infinity };
    for (const lr of RATES) {
      const { arrives, losses } = walk(panel, {
        ...rule,
        values: { ...rule.values, lr },
      });
      const end = losses[panel.steps];
      if (arrives < best.arrives || (best.arrives === never && end < best.end))
        best = { lr, arrives, end };
    }
    return best;
  };

  const isDark = () =>
    document.body.dataset.theme === "dark" ||
    (document.body.dataset.theme !== "light" &&
      matchMedia("(prefers-color-scheme: dark)").matches);
  const isStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

  // Of a picture: what is left for the numbers beside it, in pixels.
  const MARGIN = 44;
  const RIGHT = 16;
  const TOP = 22;
  const BOTTOM = 38;
  const WIDEST = 480;
  const GRAY = "#767676";
  const ticks = (low, high) => {
    const rough = (high - low) / 5;
    const unit = 10 ** Math.floor(Math.log10(rough));
    const step = unit * [1, 2, 5, 10].find((k) => k * unit >= rough);
    const found = [];
    for (let k = Math.ceil(low / step); k * step <= high; k++)
      found.push(rounded(k * step, 6));
    return found;
  };
  const decades = (low, high) => {
    const [first, last] = [Math.ceil(low), Math.floor(high)];
    const stride = Math.max(1, Math.ceil((last - first) / 6));
    const found = [];
    for (let k = first; k <= last; k += stride) found.push(k);
    return found;
  };

  let made = 0;
  class Panel {
    constructor(root) {
      this.root = root;
      this.id = `walk${made++}`;
      const { rules, sliders = [], ...rest } = JSON.parse(root.dataset.panel);
      Object.assign(this, { told: {}, home: null, steps: 100 }, rest);
      this.rules = rules.map((rule) => this.complete(rule));
      this.sliders = sliders;
      this.placed = null; // where a reader has put the start
      this.step = this.steps;
      this.build();
      this.redraw();
      let width;
      new ResizeObserver(([{ contentRect }]) => {
        if (width !== contentRect.width) this.resize();
        ({ width } = contentRect);
      }).observe(this.map.parentElement);
      const again = () => this.resize();
      on(matchMedia("(prefers-color-scheme: dark)"), "change", again);
      const attributeFilter = ["data-theme"];
      new MutationObserver(again).observe(document.body, { attributeFilter });
      this.announce();
    }
    // A rule, by its label or its classes, with every number that it has.
    complete({ label, names, values = {} }) {
      const [classes, own] = names ? [names, {}] : (variants[label] ?? [[label], {}]);
      const declared = standards(classes);
      const all = {};
      for (const name in declared) all[name] = declared[name].default ?? 0.01;
      // After the rule's own.
      const { lr, weight_decay, ...rest } = all;
      return {
        label: label ?? classes.join(" "),
        names: classes,
        own,
        values: { lr, ...rest, weight_decay, ...own, ...values },
      };
    }

    // What there is to see and to move: the page has it, hidden.
    build() {
      const part = (name) => this.root.querySelector(`.walk-${name}`);
      this.map = part("map");
      this.curve = part("curve");
      this.status = part("status");
      this.notes = part("notes");
      this.summary = part("summary");
      this.trace = part("trace");
      this.tables = part("tables");
      this.controls = part("controls");
      this.root.classList.add("walk-live");
      for (const part of this.root.querySelectorAll("[hidden]")) part.hidden = false;
      this.scrub = this.slider("step", {
        scale: () => linear(0, this.steps, 1),
        get: () => this.step,
        set: (t) => this.go(t),
      });
      const acts = [
        () => this.toggle(),
        () => this.go(this.step + 1),
        () => this.go(0),
      ];
      const buttons = part("steps").querySelectorAll("button");
      buttons.forEach((button, i) => on(button, "click", acts[i]));
      [this.play] = buttons;
      part("steps").append(this.scrub.label);
      on(this.trace, "toggle", () => this.redraw());
      this.listen();
      this.offer();
    }
    button(text, act) {
      const made = element("button", { type: "button" }, text);
      on(made, "click", act);
      return made;
    }
    // A slider with its name and its value. The value is kept where it is from: a slider
    // has whole positions.
    slider(name, { scale, get, set }, digits = 3) {
      const id = `walk${made++}`;
      const input = element("input", { id, type: "range", min: 0, step: 1 });
      const output = element("output", { ariaLive: "off" }); // the slider says it
      const text = element("label", { htmlFor: id }, element("code", {}, name));
      const label = element("div", { className: "walk-slider" }, text, output, input);
      const update = () => {
        const { last, position } = scale();
        const value = get();
        input.max = last;
        input.value = position(value);
        output.value = input.ariaValueText = show(value, digits);
      };
      on(input, "input", () => {
        set(scale().value(Number(input.value)));
        update();
      });
      return { label, update };
    }
    check(name, { get, set }) {
      const input = element("input", { type: "checkbox" });
      on(input, "change", () => set(input.checked));
      const text = element("code", {}, name);
      const label = element("label", { className: "walk-check" }, input, text);
      return { label, update: () => (input.checked = get()) };
    }
    // What a slider or a box of a number of some rules is.
    control(name, rules) {
      const declared = standards(rules[0].names)[name];
      const access = {
        get: () => rules[0].values[name],
        set: (value) => {
          for (const rule of rules) rule.values[name] = value;
          this.redraw();
        },
      };
      if (declared.kind === "flags") return this.check(name, access);
      const scale = scaleOf(declared);
      return this.slider(name, { scale: () => scale, ...access }, 4);
    }
    // Sliders of the landscape.
    landscape(name) {
      const scales = {
        angle: linear(-90, 90, 1),
        condition: logarithmic(1, 1000, false),
      };
      const declared = standards([this.problem])[name];
      if (declared) scales[name] = scaleOf(declared);
      return this.slider(name, {
        scale: () => scales[name],
        get: () => this.told[name],
        set: (value) => {
          this.told[name] = value;
          this.settle();
          this.redraw();
        },
      });
    }
    startSlider(i) {
      return this.slider(this.isFlat ? `start w${i + 1}` : "start w", {
        scale: () => {
          const [low, high] = this.base.limits[i];
          return linear(low, high, (high - low) / 200);
        },
        get: () => this.start[i],
        set: (value) => {
          const start = [...this.start];
          start[i] = value;
          this.stand(start);
        },
      });
    }
    // The sliders that the page has asked for: one for all rules that have such a number.
    offer() {
      this.settle();
      this.shown = this.sliders.flatMap((name) => {
        if (name === "start") return this.base.w.map((_, i) => this.startSlider(i));
        if (name in this.told) return [this.landscape(name)];
        const rules = this.rules.filter((rule) => name in standards(rule.names));
        return [this.control(name, rules)];
      });
      this.controls.replaceChildren(...this.shown.map(({ label }) => label));
    }

    // The landscape anew.
    settle() {
      this.base = create_problem(this.problem, this.told, this.home);
      this.floor = floorOf(this.base);
      this.ground = this.lines = this.size = undefined;
    }
    get isFlat() {
      return this.base.w.length > 1;
    }
    get quantity() {
      return this.base.quantity ?? "loss";
    }
    get start() {
      return this.placed ?? [...this.base.w];
    }
    stand(start) {
      this.placed = start.map((x, i) => {
        const [low, high] = this.base.limits[i];
        return rounded(between(x, low, high), 4);
      });
      this.redraw();
    }
    go(t) {
      this.step = between(t, 0, this.steps);
      this.redraw();
    }
    toggle() {
      if (this.playing) return this.stop();
      if (this.step >= this.steps) this.step = 0;
      this.play.textContent = "Stop";
      // A few steps at a time, in some five seconds. Where nothing is to move, in stills.
      const still = isStill();
      const stride = Math.max(1, Math.round(this.steps / (still ? 5 : 150)));
      this.playing = setInterval(
        () => {
          this.go(this.step + stride);
          if (this.step >= this.steps) this.stop();
        },
        still ? 1000 : 33,
      );
    }
    stop() {
      if (!this.playing) return;
      clearInterval(this.playing);
      this.playing = undefined;
      this.play.textContent = "Play";
      this.announce();
    }

    listen() {
      const { map, curve } = this;
      const at = (event) => {
        const box = map.getBoundingClientRect();
        return this.unscale(event.clientX - box.left, event.clientY - box.top);
      };
      const isNear = (touch) => {
        const box = map.getBoundingClientRect();
        const [x, y] = this.scale(0, this.start);
        return (
          Math.hypot(touch.clientX - box.left - x, touch.clientY - box.top - y) < 32
        );
      };
      // A finger scrolls the page, unless it takes the start.
      on(
        map,
        "touchstart",
        (event) => isNear(event.touches[0]) && event.preventDefault(),
        { passive: false },
      );
      let dragged = false;
      on(map, "pointerdown", (event) => {
        if (event.button || (event.pointerType === "touch" && !isNear(event))) return;
        dragged = true;
        map.setPointerCapture(event.pointerId);
        this.stand(at(event));
      });
      on(map, "pointermove", (event) => dragged && this.stand(at(event)));
      on(map, "pointerup pointercancel", () => (dragged = false));
      on(map, "click", (event) => this.stand(at(event)));
      on(map, "keydown", (event) => {
        const way = {
          ArrowLeft: [0, -1],
          ArrowRight: [0, 1],
          ArrowDown: [1, -1],
          ArrowUp: [1, 1],
        }[event.key];
        if (!way || event.ctrlKey || event.altKey || event.metaKey) return;
        event.preventDefault();
        const start = [...this.start];
        const i = start.length === 1 ? 0 : way[0];
        const [low, high] = this.base.limits[i];
        start[i] += (way[1] * (high - low)) / (event.shiftKey ? 400 : 40);
        this.stand(start);
      });
      const look = (event) => {
        const box = curve.getBoundingClientRect();
        const share =
          (event.clientX - box.left - MARGIN) / (box.width - MARGIN - RIGHT);
        this.stop();
        this.go(Math.round(share * this.steps));
      };
      on(curve, "pointermove pointerdown", look);
    }

    // Pixels of numbers, and numbers of pixels.
    box(canvas) {
      const { width, height } = canvas === this.map ? this.size : this.curveSize;
      return [MARGIN, width - RIGHT, height - BOTTOM, TOP];
    }
    get ranges() {
      const { limits } = this.base;
      if (this.isFlat) return limits;
      const [low, high] = limits[0];
      const room = (high - low) / 20;
      return [
        [0, this.steps],
        [low - room, high + room],
      ];
    }
    scale(t, w) {
      const [left, right, bottom, top] = this.box(this.map);
      const [[x0, x1], [y0, y1]] = this.ranges;
      const [x, y] = w.length > 1 ? w : [t, w[0]];
      return [
        left + ((x - x0) / (x1 - x0)) * (right - left),
        bottom + ((y - y0) / (y1 - y0)) * (top - bottom),
      ];
    }
    unscale(x, y) {
      const [left, right, bottom, top] = this.box(this.map);
      const [[x0, x1], [y0, y1]] = this.ranges;
      const found = [
        x0 + ((x - left) / (right - left)) * (x1 - x0),
        y0 + ((y - bottom) / (top - bottom)) * (y1 - y0),
      ];
      return this.isFlat ? found : [found[1]];
    }
    resize() {
      this.size = undefined;
      this.ground = undefined;
      this.draw();
    }
    measure() {
      const [[x0, x1], [y0, y1]] = this.ranges;
      const ratio = this.isFlat ? (y1 - y0) / (x1 - x0) : 0.6;
      const width = Math.min(WIDEST, this.map.parentElement.clientWidth);
      const inner = width - MARGIN - RIGHT;
      this.size = { width, height: Math.round(inner * ratio) + TOP + BOTTOM };
      this.curveSize = {
        width: Math.min(WIDEST, this.curve.parentElement.clientWidth),
        height: 200,
      };
      const dense = window.devicePixelRatio || 1;
      for (const [canvas, { width, height }] of [
        [this.map, this.size],
        [this.curve, this.curveSize],
      ]) {
        canvas.width = width * dense;
        canvas.height = height * dense;
        canvas.style.width = `${width}px`;
        canvas.style.height = `${height}px`;
      }
      this.dense = dense;
    }
    brush(canvas) {
      const brush = canvas.getContext("2d");
      brush.setTransform(this.dense, 0, 0, this.dense, 0, 0);
      brush.lineJoin = "round";
      brush.font = "12px sans-serif";
      return brush;
    }
    frame(brush, canvas, across, up, labels) {
      const [left, right, bottom, top] = this.box(canvas);
      brush.strokeStyle = brush.fillStyle = GRAY;
      brush.lineWidth = 1;
      brush.setLineDash([]);
      brush.strokeRect(left, top, right - left, bottom - top);
      brush.fillStyle = this.ink;
      brush.textAlign = "center";
      brush.textBaseline = "top";
      for (const [x, text] of across) {
        brush.fillText(text, x, bottom + 5);
        brush.fillRect(x, bottom - 3, 1, 3);
      }
      brush.textAlign = "right";
      brush.textBaseline = "middle";
      for (const [y, text] of up) {
        brush.fillText(text, left - 5, y);
        brush.fillRect(left, y, 3, 1);
      }
      brush.textAlign = "center";
      brush.textBaseline = "bottom";
      brush.fillText(labels[0], (left + right) / 2, bottom + BOTTOM - 4);
      brush.textAlign = "left";
      brush.fillText(labels[1], left, top - 5);
    }
    // What stays while paths change: contours, minima, numbers.
    drawGround() {
      const canvas = document.createElement("canvas");
      canvas.width = this.map.width;
      canvas.height = this.map.height;
      const brush = this.brush(canvas);
      const [across, up] = this.ranges;
      const x = (value) => this.scale(value, this.isFlat ? [value, 0] : [0])[0];
      const y = (value) => this.scale(0, this.isFlat ? [0, value] : [value])[1];
      brush.strokeStyle = GRAY;
      brush.lineWidth = 0.6;
      if (this.isFlat) {
        const [left, right, bottom, top] = this.box(this.map);
        const [wide, high] = [(right - left) / GRID, (top - bottom) / GRID];
        this.lines ??= contours(this.base);
        brush.beginPath();
        this.lines.forEach((u, i, all) => {
          if (i % 2) return;
          const point = [left + u * wide, bottom + all[i + 1] * high];
          if (i % 4) brush.lineTo(...point);
          else brush.moveTo(...point);
        });
        brush.stroke();
      }
      for (const minimizer of this.base.minimizers) {
        if (this.isFlat) this.star(brush, ...this.scale(0, minimizer));
        else {
          brush.setLineDash([4, 4]);
          brush.beginPath();
          brush.moveTo(x(across[0]), y(minimizer[0]));
          brush.lineTo(x(across[1]), y(minimizer[0]));
          brush.stroke();
        }
      }
      this.frame(
        brush,
        this.map,
        ticks(...across).map((value) => [x(value), show(value)]),
        ticks(...up).map((value) => [y(value), show(value)]),
        this.isFlat ? ["w\u2081", "w\u2082"] : ["step", "w"],
      );
      return canvas;
    }
    star(brush, x, y) {
      brush.beginPath();
      for (let k = 0; k < 10; k++) {
        const r = k % 2 ? 3 : 7;
        brush.lineTo(
          x - r * Math.sin((k * Math.PI) / 5),
          y - r * Math.cos((k * Math.PI) / 5),
        );
      }
      brush.closePath();
      brush.fillStyle = this.paper;
      brush.fill();
      brush.stroke();
    }
    clip(brush, canvas) {
      const [left, right, bottom, top] = this.box(canvas);
      brush.save();
      brush.beginPath();
      brush.rect(left, top, right - left, bottom - top);
      brush.clip();
    }

    // Walk all rules, and draw. Numbers that are read aloud wait for the hand to rest.
    redraw() {
      this.walks = this.rules.map((rule) => walk(this, rule, this.step));
      this.draw();
      this.tell();
      for (const { update } of [this.scrub, ...this.shown]) update();
      clearTimeout(this.waiting);
      if (!this.playing) this.waiting = setTimeout(() => this.announce(), 500);
    }
    draw() {
      if (!this.size) this.measure();
      if (!this.size.width) return; // not shown yet
      const dark = isDark();
      [this.ink, this.paper] = dark ? colors.dark_page : colors.light_page;
      const shades = dark ? colors.dark : colors.light;
      this.looks = styles(this.rules.map(({ label }) => label)).map(
        ({ color, dashes }) => ({
          color: shades[color],
          dashes: dashes.map((d) => 2 * d),
        }),
      );
      this.ground ??= this.drawGround();
      const brush = this.brush(this.map);
      const { width, height } = this.size;
      brush.clearRect(0, 0, width, height);
      brush.drawImage(this.ground, 0, 0, width, height);
      this.clip(brush, this.map);
      this.walks.forEach((found, i) => this.drawWalk(brush, found, this.looks[i]));
      const [x, y] = this.scale(0, this.start);
      brush.setLineDash([]);
      brush.strokeStyle = this.ink;
      brush.lineWidth = 2;
      brush.fillStyle = this.paper;
      brush.fillRect(x - 6, y - 6, 12, 12);
      brush.strokeRect(x - 6, y - 6, 12, 12);
      brush.restore();
      this.drawLosses();
    }
    drawWalk(brush, { points, leaves }, { color, dashes }) {
      const n = this.base.w.length;
      const last = points.length / n - 1;
      const at = (t) => {
        const [x, y] = this.scale(
          t,
          n > 1 ? [points[2 * t], points[2 * t + 1]] : [points[t]],
        );
        return [x, y].map((pixel) => between(pixel, -1e4, 1e4));
      };
      const finite = (t) => isFinite(points[n * t] + points[n * t + n - 1]);
      brush.strokeStyle = brush.fillStyle = color;
      const line = (from, to, alpha) => {
        brush.globalAlpha = alpha;
        brush.lineWidth = 1.75;
        brush.setLineDash(dashes);
        brush.beginPath();
        for (let t = from; t <= to && finite(t); t++) brush.lineTo(...at(t));
        brush.stroke();
        brush.globalAlpha = 1;
      };
      line(this.step, last, 0.25);
      line(0, this.step, 1);
      brush.setLineDash([]);
      if (finite(this.step)) {
        brush.beginPath();
        brush.arc(...at(this.step), 4, 0, 7);
        brush.fill();
      }
      if (leaves > last) return;
      // Where it leaves, between the last point that is in the picture and the next.
      const [left, right, bottom, top] = this.box(this.map);
      const from = at(Math.max(leaves - 1, 0));
      const to = finite(leaves) ? at(leaves) : from;
      let share = 1;
      for (const [i, end, sign] of [
        [0, left, -1],
        [0, right, 1],
        [1, top, -1],
        [1, bottom, 1],
      ])
        if (sign * (to[i] - end) > 0)
          share = Math.min(share, (end - from[i]) / (to[i] - from[i]));
      const [x, y] = from.map((value, i) => value + share * (to[i] - value));
      const [cx, cy] = [
        between(x, left + 7, right - 7),
        between(y, top + 7, bottom - 7),
      ];
      brush.lineWidth = 3;
      brush.beginPath();
      for (const k of [-1, 1]) {
        brush.moveTo(cx - 6, cy - 6 * k);
        brush.lineTo(cx + 6, cy + 6 * k);
      }
      brush.stroke();
    }
    drawLosses() {
      const brush = this.brush(this.curve);
      const { width, height } = this.curveSize;
      brush.clearRect(0, 0, width, height);
      const [left, right, bottom, top] = this.box(this.curve);
      // Above the least value there is, in powers of ten. What grows without end leaves.
      let [low, high] = [Infinity, -Infinity];
      // Where there are steps in the place of losses, the first is 0.
      const { quantity } = this.base;
      const start = quantity ? 1e9 : this.walks[0]?.losses[0] - this.floor;
      const first = Math.log10(Math.max(start, 1e-300)) + 2;
      const logs = this.walks.map(({ losses }) =>
        losses.map((loss) => {
          const log = Math.log10(loss - this.floor); // at the least, none is drawn
          if (log < low && isFinite(log)) low = log;
          if (log > high) high = log;
          return log;
        }),
      );
      high = Math.min(high, Math.max(first, low + 1));
      if (!(high - low > 1))
        [low, high] = [(low + high - 1) / 2, (low + high + 1) / 2];
      const x = (t) => left + (t / this.steps) * (right - left);
      const y = (log) => bottom + ((log - low) / (high - low)) * (top - bottom);
      this.clip(brush, this.curve);
      brush.fillStyle = GRAY;
      brush.fillRect(x(this.step), top, 1, bottom - top);
      logs.forEach((log, i) => {
        const { color, dashes } = this.looks[i];
        brush.strokeStyle = brush.fillStyle = color;
        brush.lineWidth = 1.75;
        brush.setLineDash(dashes);
        brush.beginPath();
        log.forEach((each, t) => brush.lineTo(x(t), Math.max(y(each), -1e4)));
        brush.stroke();
      });
      brush.restore();
      this.frame(
        brush,
        this.curve,
        ticks(0, this.steps).map((t) => [x(t), show(t)]),
        decades(low, high).map((k) => [y(k), show(10 ** k)]),
        ["step", quantity ?? "loss above its minimum"],
      );
    }

    // The same in words and numbers.
    swatch({ color, dashes: [first] }) {
      const swatch = element("span", { className: "walk-swatch" });
      const line = first ? (first > 4 ? "dashed" : "dotted") : "solid";
      swatch.style.borderTop = `3px ${line} ${color}`;
      return swatch;
    }
    outcome({ arrives, leaves, losses }) {
      const { base, steps } = this;
      // What is no number is not less, either.
      const grows = base.quantity || losses[steps] <= losses[0] ? "" : "diverges: ";
      if (leaves <= steps) return `${grows}leaves the picture at step ${leaves}`;
      if (base.quantity) return "";
      return arrives > steps ? "on its way" : `there from step ${arrives} on`;
    }
    tell() {
      const n = this.base.w.length;
      const row = (name, ...cells) =>
        element(
          "tr",
          {},
          element("th", { scope: "row" }, ...[name].flat()),
          ...cells.map((text) => element("td", {}, text)),
        );
      const head = ["rule", `w at step ${this.step}`, this.quantity].map((text) =>
        element("th", { scope: "col" }, text),
      );
      const rows = this.walks.map((found, i) => {
        const swatch = this.swatch(this.looks[i]);
        const w = [...found.points.slice(n * this.step, n * (this.step + 1))];
        const small = element("small", {}, this.outcome(found));
        return row(
          [swatch, this.rules[i].label, small],
          w.map((x) => show(x, 4)).join(", "),
          show(found.losses[this.step], 4),
        );
      });
      this.summary.replaceChildren(element("tr", {}, ...head), ...rows);
      if (!this.trace.open) return;
      const tables = this.walks.map(({ record = [["w", cell(this.start, n)]] }, i) =>
        element(
          "table",
          {},
          element("caption", {}, this.rules[i].label),
          row("t", String(this.step)),
          ...record.map((each) => row(...each)),
        ),
      );
      this.tables.replaceChildren(...tables);
    }
    announce() {
      const each = this.walks.map((found, i) => {
        const loss = `${this.quantity} ${show(found.losses[this.step], 3)}`;
        const outcome = this.outcome(found);
        return `${this.rules[i].label}: ${loss}${outcome && ", "}${outcome}.`;
      });
      const text = `Step ${this.step}. ${each.join(" ")}`;
      this.status.textContent = text;
      const start = this.start.map((x) => show(x, 4)).join(", ");
      const where = `${this.problem}, start at ${start}.`;
      this.map.ariaLabel = `${where} Arrow keys move the start. ${text}`;
      this.curve.ariaLabel = `${this.quantity} by step. ${text}`;
    }
  }

  for (const root of document.querySelectorAll("[data-panel]:not([data-explorer])"))
    new Panel(root);
  return {
    Panel,
    RATES,
    bestRate,
    draws,
    element,
    limitsOf,
    linear,
    problems,
    scaleOf,
    show,
    standards,
    styles,
    variants,
    walk,
  };
})();
