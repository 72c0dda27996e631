// What npoptim.conventions.translate answers, from the same data, and a form that asks.
const conventions = (() => {
  // Values are those of Python: an integer is a BigInt, a float a number, None is null, a
  // tuple an array, and an array of numbers is of this class.
  class Tensor {
    constructor(shape, data) {
      Object.assign(this, { shape, data });
    }
  }
  const isTensor = (value) => value instanceof Tensor;
  const isInteger = (value) => ["bigint", "boolean"].includes(typeof value);
  const isNumber = (value) => isInteger(value) || typeof value === "number";
  const isTrue = (value) =>
    Array.isArray(value) ? value.length > 0 : Boolean(value) || Number.isNaN(value);
  const isSame = (one, other) =>
    Array.isArray(one) && Array.isArray(other)
      ? one.length === other.length && one.every((each, i) => isSame(each, other[i]))
      : isNumber(one) && isNumber(other)
        ? one == other // 1n is 1, and true
        : one === other;
  // The same, but for rounding.
  const isAlike = (one, other) =>
    isSame(one, other) ||
    Math.abs(Number(one) - Number(other)) <=
      1e-15 * Math.max(Math.abs(Number(one)), Math.abs(Number(other)));

  // What is done with numbers is done with arrays element by element, where one row or
  // one column stands for all.
  const build = ([m, n], f) => {
    const data = [];
    for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) data.push(f(i, j));
    return new Tensor([m, n], data);
  };
  const at = (value, i, j) => {
    if (!isTensor(value)) return typeof value === "number" ? value : Number(value);
    const { shape, data } = value;
    return data[(shape[0] > 1 ? i : 0) * shape[1] + (shape[1] > 1 ? j : 0)];
  };
  const lift =
    (f) =>
    (...all) => {
      if (!all.some(isTensor)) return f(...all);
      const shapes = all.map((each) => (isTensor(each) ? each.shape : [1, 1]));
      const shape = [0, 1].map((axis) => Math.max(...shapes.map((each) => each[axis])));
      const [a, b, c] = all;
      return build(shape, (i, j) => Number(f(at(a, i, j), at(b, i, j), at(c, i, j))));
    };
  const arithmetic = (f) =>
    lift((a, b) =>
      isInteger(a) && isInteger(b) ? f(BigInt(a), BigInt(b)) : f(Number(a), Number(b)),
    );
  const float = (f) => lift((a, b) => f(Number(a), Number(b)));
  const power = arithmetic((a, b) => a ** b);
  const total = (all) => all.reduce((sum, each) => sum + each, 0);
  const transposed = (x) => build([...x.shape].reverse(), (i, j) => at(x, j, i));
  const product = (one, other) => {
    const inner = Array.from({ length: one.shape[1] }, (_, k) => k);
    return build([one.shape[0], other.shape[1]], (i, j) =>
      total(inner.map((k) => at(one, i, k) * at(other, k, j))),
    );
  };
  const mean = ({ data }) => total(data) / data.length;
  const row = (x, i) => build([1, x.shape[1]], (_, j) => at(x, i, j));
  const rows = (x) => build([x.shape[0], 1], (i) => mean(row(x, i)));
  const choose = lift((condition, one, other) => (condition ? one : other));
  const operations = {
    tuple: (...all) => all,
    item: (all, i) => all.at(Number(i)),
    "+": arithmetic((a, b) => a + b),
    "-": arithmetic((a, b) => a - b),
    "*": arithmetic((a, b) => a * b),
    "/": float((a, b) => a / b),
    "**": (a, b) => (b < 0 ? power(a, Number(b)) : power(a, b)),
    "@": product,
    "<": lift((a, b) => a < b),
    "<=": lift((a, b) => a <= b),
    ">": lift((a, b) => a > b),
    ">=": lift((a, b) => a >= b),
    "==": lift(isSame),
    "!=": lift((a, b) => !isSame(a, b)),
    negative: (a) => operations["-"](0n, a),
    not: (a) => !isTrue(a),
    and: (...all) => all.reduce((a, b) => (isTrue(a) ? b : a)),
    or: (...all) => all.reduce((a, b) => (isTrue(a) ? a : b)),
    where: (condition, one, other) =>
      isTensor(condition)
        ? choose(condition, one, other)
        : isTrue(condition)
          ? one
          : other,
    sqrt: float(Math.sqrt),
    abs: float(Math.abs),
    sign: float(Math.sign),
    max: float(Math.max),
    min: float(Math.min),
    sum: ({ data }) => total(data),
    mean,
    inputs: rows, // of arrays of two axes
    floor: (x) => BigInt(Math.floor(Number(x))),
    wave: (x) => (1 + Math.cos(Math.PI * Number(x))) / 2,
    norm: ({ data }) => Math.sqrt(total(data.map((each) => each * each))),
    shape: ({ shape }) => shape.map(BigInt),
    rows,
    columns: (x) => transposed(rows(transposed(x))),
    factored: ({ shape }, shortest) => Math.min(...shape) >= shortest,
    // Of arrays of two axes, of which the last is 1.
    highest(x, axis) {
      if (axis > 2) return Infinity;
      const y = axis > 1 ? x : transposed(x);
      const found = build([y.shape[0], 1], (i) => Math.max(...row(y, i).data));
      return axis > 1 ? found : transposed(found);
    },
    newton_schulz(x, repetitions) {
      const { "+": add, "*": times } = operations;
      for (let k = 0; k < repetitions; k++) {
        const a = product(x, transposed(x));
        const b = add(product(times(2.0315, a), a), times(-4.775, a));
        x = add(times(3.4445, x), product(b, x));
      }
      return x;
    },
  };

  // An expression is a tree: a name is a text, digits are an integer, and a list is what
  // is done with what.
  const evaluate = (tree, names) => {
    if (Array.isArray(tree)) {
      const [operation, ...parts] = tree;
      return operation === "text"
        ? parts[0]
        : operations[operation](...parts.map((part) => evaluate(part, names)));
    }
    if (typeof tree !== "string") return tree;
    if (tree < ":") return BigInt(tree);
    if (!Object.hasOwn(names, tree)) throw new Error(`name ${repr(tree)} is not defined`);
    return names[tree];
  };

  // As Python prints values.
  const exponent = (k) => `e${k < 0 ? "-" : "+"}${String(Math.abs(k)).padStart(2, "0")}`;
  const unlimited = (x) => (Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf");
  const reprNumber = (x) => {
    if (!Number.isFinite(x)) return unlimited(x);
    const [digits, k] = x.toExponential().split("e");
    if (k < -4 || k >= 16) return digits + exponent(Number(k));
    return Number.isInteger(x) ? x.toFixed(1) : String(x);
  };
  const repr = (value) => {
    if (Array.isArray(value))
      return `(${value.map(repr).join(", ")}${value.length === 1 ? "," : ""})`;
    if (typeof value === "number") return reprNumber(value);
    if (typeof value === "string")
      return value.includes("'") && !value.includes('"')
        ? `"${value}"`
        : `'${value.replace(/[\\']/g, "\\$&")}'`;
    return { null: "None", true: "True", false: "False" }[value] ?? String(value);
  };
  const str = (value) => (typeof value === "string" ? value : repr(value));
  const twoDigits = (x) => {
    if (!Number.isFinite(x)) return unlimited(x);
    const [digits, k] = x.toExponential(1).split("e");
    return k < -4 || k >= 2
      ? Number(digits) + exponent(Number(k))
      : String(Number(x.toPrecision(2)));
  };

  // The data, with its defaults and what is fixed as values.
  const REQUIRED = Symbol("required");
  const map = (object, f) =>
    Object.fromEntries(Object.entries(object).map(([name, value]) => [name, f(value)]));
  const named = { REQUIRED, inf: Infinity };
  const values = (trees) => map(trees, (tree) => evaluate(tree, named));
  const { frameworks, fields, parts } = conventionsData;
  const whole = (form) =>
    Object.fromEntries(
      form.map((each, k) => [fields[k], typeof each === "number" ? parts[each] : each]),
    );
  const rules = map(conventionsData.rules, (rule) => ({
    ...rule,
    terms: map(rule.terms, (number) => parts[number]),
    powers: values(rule.powers),
    forms: rule.forms.map(whole).map((form) => ({
      ...form,
      defaults: values(form.defaults),
      fixed: values(form.fixed),
      only: values(form.only),
    })),
  }));
  const options = { gradient_scale: 1, partial_decay: false };

  // How far apart two rules are after 100 steps, from numbers that are no others.
  const STEPS = 100;
  const SHAPE = [2, 4];
  const arrays = () => {
    let x = 1;
    const next = () => {
      x = (75 * x + 74) % 65537;
      return (x - 32768) / 18918.6;
    };
    return () => new Tensor(SHAPE, Array.from({ length: SHAPE[0] * SHAPE[1] }, next));
  };
  const walk = (rule, terms) => {
    const next = arrays();
    const names = Object.fromEntries(rule.steps.map(([name]) => [name, 0]));
    Object.assign(names, terms, { w: next() });
    Object.assign(
      names,
      map(rule.start, (tree) => evaluate(tree, names)),
    );
    const found = [];
    for (let t = 1n; t <= STEPS; t++) {
      const g = next();
      const { w } = names;
      Object.assign(names, { t, g, lr_next: names.lr, loss: 1 });
      // Of a loss whose curvature is 1.
      operations.gradient_at = (point) => operations["+"](g, operations["-"](point, w));
      for (const [name, tree] of rule.steps) names[name] = evaluate(tree, names);
      const result = names[rule.result];
      found.push(isTensor(result) ? result.data : [Number(result)]);
    }
    // Of weights it is the last that counts.
    return rule.result === "w" ? found.at(-1) : found.flat();
  };
  const distance = (rule, one, other) => {
    const [here, there] = [one, other].map((terms) => walk(rule, terms));
    const largest = Math.max(...here.map((w, i) => Math.abs(w - there[i])));
    return largest / (Number(one.lr) || 1);
  };

  const [rounding, alike] = conventionsData.alike;
  const away = ({ result }, gap) => ({
    distance: gap,
    away:
      gap < rounding ? alike : `${twoDigits(gap)} ${conventionsData.away[result]}`,
  });

  const termsOf = (rule, form, given, wanted) => ({
    ...map(rule.terms, () => 0n),
    ...Object.fromEntries(
      Object.entries(form.same).map(([name, term]) => [term, given[name]]),
    ),
    ...map(form.to, (tree) => evaluate(tree, given)),
    ...Object.fromEntries(
      Object.entries(form.fixed).map(([term, value]) => [
        term,
        value === null ? (wanted[term] ?? 0n) : value,
      ]),
    ),
  });
  const argumentsOf = (form, terms) => {
    const found = {
      ...form.defaults,
      ...form.only,
      ...map(form.same, (term) => terms[term]),
      ...map(form.back, (tree) => evaluate(tree, terms)),
    };
    for (const [name, value] of Object.entries(form.defaults))
      if (typeof value === "boolean") found[name] = isTrue(found[name]);
    return found;
  };

  const formsOf = (framework) => {
    const found = new Map();
    for (const rule of Object.values(rules))
      for (const form of rule.forms)
        if (
          form.framework === framework &&
          !form.name.includes(" ") &&
          !found.has(form.name)
        )
          found.set(form.name, [rule, form]);
    return found;
  };
  const find = (optimizer, framework) => {
    const found = formsOf(framework);
    if (found.has(optimizer)) return found.get(optimizer);
    const names = [...found.keys()].sort().join(", ");
    throw new Error(`${framework} has no ${repr(optimizer)} here. There are ${names}`);
  };
  const bind = ({ framework, name: optimizer, defaults, only }, given) => {
    for (const name of Object.keys(given))
      if (!Object.hasOwn(defaults, name))
        throw new Error(
          `${framework}'s ${optimizer} has no argument ${repr(name)} here. It takes ` +
            Object.keys(defaults).join(", "),
        );
    const bound = { ...defaults, ...given };
    for (const [name, value] of Object.entries(only))
      if (!isSame(bound[name], value))
        throw new Error(
          `${framework}'s ${optimizer} is described for ${name}=${repr(value)} ` +
            `alone, got ${repr(bound[name])}`,
        );
    const missing = Object.keys(bound).filter((name) => bound[name] === REQUIRED);
    if (missing.length)
      throw new Error(`${framework}'s ${optimizer} needs ${missing.join(", ")}`);
    return bound;
  };

  // The terms that differ, and conditions under which the others do not.
  const differences = (rule, wanted, terms) => {
    const apart = [];
    const conditions = new Set();
    for (const term of Object.keys(rule.terms)) {
      if (isAlike(wanted[term], terms[term])) continue;
      const [tree, condition] = rule.unless[term] ?? [true, ""];
      if (!isTrue(evaluate(tree, wanted))) continue;
      if (condition) conditions.add(condition);
      else apart.push(term);
    }
    return { apart, conditions: [...conditions] };
  };
  const inserted = (text, terms, rest) =>
    text.replace(/{{|}}|{(\w*)}/g, (all, term) =>
      term === undefined ? all[0] : term ? str(terms[term]) : rest,
    );
  const lines = (target, wanted, apart) => {
    const known = conventionsData.lines.filter(
      ({ framework, term, instead }) =>
        framework === target &&
        apart.includes(term) &&
        instead.every((each) => Object.hasOwn(wanted, each)) &&
        isTrue(wanted[term]),
    );
    const covered = known.flatMap(({ term, instead }) => [term, ...instead]);
    return apart.every((term) => covered.includes(term))
      ? known.map(({ text }) => inserted(text, wanted)).join("\n")
      : "";
  };

  // How a call is written, and one whose decay is on some parameters only.
  const partly = {
    npoptim(code) {
      let others = code.replace(/weight_decay=[^,)]+/g, "weight_decay=0.0");
      if (others === code) others = `${code.slice(0, -1)}, weight_decay=0.0)`;
      const [one, two] = [
        [code, "(decayed, "],
        [others, "(others, "],
      ].map(([call, start]) => call.replaceAll("(model, ", start));
      return `npoptim.Groups(${one}, ${two})`;
    },
    torch: (code) =>
      code.replaceAll(
        "(params, ",
        '([{"params": decayed}, {"params": others, "weight_decay": 0.0}], ',
      ),
    keras: (code) =>
      `optimizer = ${code}\noptimizer.exclude_from_weight_decay(others)`,
    optax: (code, mask) =>
      code.includes("add_decayed_weights")
        ? code.replace(/add_decayed_weights\([^)]+/g, "$&, mask=decayed")
        : `${code.slice(0, -1)}, ${mask}=decayed)`,
  };
  const write = (form, given, terms, partial) => {
    const shown = Object.entries(given)
      .filter(
        ([name, value]) =>
          (form.same[name] === "lr" || !isSame(value, form.defaults[name])) &&
          !form.placed.includes(name),
      )
      .map(([name, value]) => `${name}=${repr(value)}`);
    const placed = Object.fromEntries(form.placed.map((name) => [name, given[name]]));
    const code = inserted(form.call, { ...terms, ...placed }, shown.join(", ")).replace(
      "(model, )",
      "(model)",
    );
    const decays = Object.entries(terms).some(
      ([term, value]) => /penalty|decay/.test(term) && isTrue(value),
    );
    if (!partial || !decays) return code;
    const { framework, name, mask = "mask" } = form;
    if (!mask && !code.includes("add_decayed_weights"))
      throw new Error(`${framework}'s ${name} decays all parameters alike`);
    return partly[framework](code, mask);
  };
  const describe = (rule, form, given) =>
    Object.entries(given)
      .filter(
        ([name, value]) =>
          form.defaults[name] !== REQUIRED && !isSame(value, form.defaults[name]),
      )
      .map(
        ([name, value]) =>
          `${name}=${repr(value)}, and not ${repr(form.defaults[name])}` +
          (name in form.same ? `: ${rule.terms[form.same[name]]}` : ""),
      );

  // Numbers that decide which of two is less, one after another.
  const isLess = (one, other) => {
    const i = one.findIndex((each, k) => each !== other[k]);
    return i >= 0 && one[i] < other[i];
  };

  // The answer: code, conditions and changes or, if there is none, reasons, the nearest
  // and how far away it is. A question that is wrong is an error.
  const translate = (optimizer, source, target, given = {}) => {
    const { gradient_scale: scale, partial_decay: partial, ...rest } = {
      ...options,
      ...given,
    };
    if (!(scale > 0 && scale < Infinity))
      throw new Error(`gradient_scale must be in (0, inf), got ${repr(scale)}`);
    for (const name of [source, target])
      if (!frameworks.includes(name))
        throw new Error(
          `there is no framework ${repr(name)}. There are ${frameworks.join(", ")}`,
        );
    const [rule, form] = find(optimizer, source);
    const bound = bind(form, rest);
    const own = termsOf(rule, form, bound, {});
    const wanted = { ...own };
    if (!isSame(scale, 1))
      for (const [term, k] of Object.entries(rule.powers))
        if (isTrue(own[term]))
          wanted[term] = operations["*"](own[term], operations["**"](scale, k));
    const unchanged = Object.keys(own).every((term) => isSame(own[term], wanted[term]));
    let best;
    rule.forms
      .filter(({ framework }) => framework === target)
      .forEach((candidate, k) => {
        const theirs =
          candidate === form && unchanged ? bound : argumentsOf(candidate, wanted);
        const terms = termsOf(rule, candidate, theirs, wanted);
        const { apart, conditions } = differences(rule, wanted, terms);
        const changes = describe(rule, candidate, theirs);
        const counts = [apart, conditions, changes].map((each) => each.length);
        const rank = [...counts, Number(candidate.name !== form.name), k];
        if (best && !isLess(rank, best.rank)) return;
        best = { rank, candidate, theirs, terms, apart, conditions, changes };
      });
    if (!best) {
      const names = [...new Set(rule.forms.map(({ framework }) => framework))].sort();
      throw new Error(`${target} has no ${optimizer}: only ${names.join(", ")} do`);
    }
    const { candidate, theirs, terms, apart, conditions, changes } = best;
    if (partial && rule.joint && target === "npoptim")
      throw new Error(`${candidate.name} takes all arrays as one: they have no parts`);
    const code = write(candidate, theirs, wanted, partial);
    const found = { code, conditions, changes };
    if (!apart.length) return found;
    const reasons = apart.map((term) => {
      const [here, there] = [wanted[term], terms[term]].map(str);
      return `${rule.terms[term]}: ${here}, and ${there} there`;
    });
    return {
      reasons,
      nearest: found,
      lines: lines(target, wanted, apart),
      ...away(rule, distance(rule, wanted, terms)),
    };
  };

  return {
    REQUIRED,
    Tensor,
    evaluate,
    find,
    formsOf,
    frameworks,
    operations,
    options,
    repr,
    translate,
    twoDigits,
  };
})();

// The form. What it asks is in the address, behind the #, so that a link has the answer.
(() => {
  const { REQUIRED, repr } = conventions;
  const root = document.querySelector("form.translator");
  const part = (name) => root.querySelector(`.translator-${name}`);
  const [given, chosen] = root.querySelectorAll("fieldset");
  const [code, mend] = root.querySelectorAll("pre");
  const labels = {
    gradient_scale: "The source's gradients, in units of the target's",
    partial_decay: "Decay on some parameters only",
  };
  const first = { from: "torch", optimizer: "adam", to: "optax" };

  const element = (tag, ...children) => {
    const made = document.createElement(tag);
    made.append(...children);
    return made;
  };

  // What is typed, as Python reads it.
  const literal = (text) => {
    const word = text.trim();
    const constants = { None: null, True: true, False: false };
    if (Object.hasOwn(constants, word)) return constants[word];
    if (/^[+-]?\d+$/.test(word)) return BigInt(word);
    if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(word)) return Number(word);
    const [, , quoted] = /^(['"])([^'"\\]*)\1$/.exec(word) ?? [];
    if (quoted !== undefined) return quoted;
    const [, inner] = /^\((.*,.*)\)$/.exec(word) ?? [];
    return inner?.replace(/,\s*$/, "").split(",").map(literal);
  };
  const isNumber = (value) => ["bigint", "number"].includes(typeof value);
  const fits = (value, standard) => {
    if (standard === null)
      return value === null || isNumber(value) || typeof value === "string";
    if (!Array.isArray(standard))
      return ["boolean", "string"].includes(typeof standard)
        ? typeof value === typeof standard
        : isNumber(value);
    return (
      Array.isArray(value) &&
      value.length === standard.length &&
      value.every((each, i) => fits(each, standard[i]))
    );
  };
  const kind = (standard) => {
    if (standard === null) return "None, a number, or a text in quotes";
    if (Array.isArray(standard)) return `like ${repr(standard)}`;
    if (typeof standard === "string") return "a text in quotes";
    return typeof standard === "boolean" ? "True or False" : "a number";
  };
  const usual = (standard) => (standard === REQUIRED ? "" : repr(standard));
  const read = (text, standard) => {
    if (text === usual(standard)) return standard;
    const value = literal(text);
    return fits(value, standard) ? value : undefined;
  };
  const standards = ({ optimizer, from }) => ({
    ...conventions.options,
    ...conventions.find(optimizer, from)[1].defaults,
  });

  // What an address asks for. What it cannot ask for is as it is at first, with a word.
  const isAsked = () => location.hash.includes("="); // and no section
  const fromAddress = () => {
    const query = isAsked() ? location.hash.slice(1) : "";
    const asked = Object.fromEntries(new URLSearchParams(query));
    const state = { ...first, values: {} };
    const notes = [];
    const take = (name, known, what) => {
      if (known.includes(asked[name])) state[name] = asked[name];
      else if (name in asked)
        notes.push(`There is no ${what} ${repr(asked[name])}: here is ${state[name]}.`);
      delete asked[name];
    };
    take("from", conventions.frameworks, "framework");
    take("to", conventions.frameworks, "framework");
    const names = [...conventions.formsOf(state.from).keys()];
    if (!names.includes(state.optimizer)) [state.optimizer] = names;
    take("optimizer", names, `optimizer of ${state.from} named`);
    const known = standards(state);
    for (const [name, text] of Object.entries(asked)) {
      if (!Object.hasOwn(known, name))
        notes.push(`${state.optimizer} of ${state.from} has no argument ${repr(name)}.`);
      else if (read(text, known[name]) === undefined)
        notes.push(
          `${name} must be ${kind(known[name])}, and not ${repr(text)}: ` +
            "it is as by default.",
        );
      else state.values[name] = text;
    }
    return { state, notes };
  };
  const toAddress = ({ values, ...state }) =>
    history.replaceState(null, "", `#${new URLSearchParams({ ...state, ...values })}`);

  const offer = (select, names, name) => {
    select.replaceChildren(...names.map((each) => element("option", each)));
    select.value = name;
  };
  const field = ([name, standard], text) => {
    const input = document.createElement("input");
    input.name = name;
    const label = element("span", labels[name] ?? element("code", name));
    if (typeof standard === "boolean") {
      input.type = "checkbox";
      input.checked = text === undefined ? standard : text === "True";
      return element("label", input, label);
    }
    const isRequired = standard === REQUIRED;
    if (isRequired) label.append(" (required)");
    Object.assign(input, {
      autocapitalize: "off",
      autocomplete: "off",
      placeholder: usual(standard),
      required: isRequired,
      spellcheck: false,
      value: text ?? usual(standard),
    });
    return element("label", label, input);
  };
  const fill = (fieldset, defaults, values) => {
    const fields = Object.entries(defaults).map((each) => field(each, values[each[0]]));
    const box = element("div", ...fields);
    box.className = "translator-fields";
    fieldset.replaceChildren(fieldset.firstElementChild, box);
  };
  const show = (state) => {
    const { from, to, optimizer } = root.elements;
    offer(from, conventions.frameworks, state.from);
    offer(to, conventions.frameworks, state.to);
    offer(optimizer, [...conventions.formsOf(state.from).keys()], state.optimizer);
    fill(given, conventions.find(state.optimizer, state.from)[1].defaults, state.values);
    fill(chosen, conventions.options, state.values);
  };

  // What the form says: the texts that differ from the defaults, and what is wrong.
  const ask = () => {
    const { from, to, optimizer } = root.elements;
    const [source, name, target] = [from, optimizer, to].map(({ value }) => value);
    const state = { from: source, optimizer: name, to: target, values: {} };
    const known = standards(state);
    const values = {};
    let wrong = "";
    for (const input of root.querySelectorAll("fieldset input")) {
      const { name, type, checked } = input;
      const text = type === "checkbox" ? repr(checked) : input.value.trim();
      const value = text ? read(text, known[name]) : known[name];
      const isWrong = value === undefined;
      input.setAttribute("aria-invalid", isWrong);
      if (isWrong) wrong ||= `${name} must be ${kind(known[name])}, got ${repr(text)}`;
      else if (text && text !== usual(known[name])) {
        values[name] = value;
        state.values[name] = text;
      }
    }
    return { state, values, wrong };
  };

  const list = (name, items) =>
    part(name).replaceChildren(...items.map((item) => element("li", item)));
  const say = (strong, text) =>
    part("outcome").replaceChildren(element("strong", strong), text);
  const answer = () => {
    const { state, values, wrong } = ask();
    let found = { code: "", changes: [] };
    try {
      if (wrong) throw new Error(wrong);
      found = conventions.translate(state.optimizer, state.from, state.to, values);
      if (found.reasons)
        say(
          "No equivalent.",
          ` The nearest call is ${found.away}. This differs:`,
        );
      else if (found.conditions.length)
        say("Equal", ` as long as ${found.conditions.join(", and ")}.`);
      else say("Equal:", " both take the same steps, but for rounding.");
    } catch (error) {
      say("No answer:", ` ${error.message}.`);
    }
    const { code: line, changes } = found.nearest ?? found;
    list("reasons", found.reasons ?? []);
    part("lines").hidden = !found.lines;
    mend.textContent = found.lines ?? "";
    code.textContent = line;
    code.parentElement.hidden = !line;
    part("changed").textContent = changes.length
      ? `Of ${state.to}'s arguments, these are not as they are by default:`
      : "";
    list("changes", changes);
    return state;
  };

  let state;
  const start = () => {
    const { notes, ...asked } = fromAddress();
    show(asked.state);
    part("notes").textContent = notes.join(" ");
    state = answer();
  };
  // Another optimizer has what was typed, where it has such an argument.
  const change = ({ from, optimizer, to }) => {
    const [rule] = conventions.find(state.optimizer, state.from);
    const forms = conventions.formsOf(from.value);
    const [like] = [...forms].find(([, [other]]) => other === rule) ?? [...forms][0];
    const next = {
      from: from.value,
      optimizer: forms.has(optimizer.value) ? optimizer.value : like,
      to: to.value,
    };
    const known = standards(next);
    const kept = Object.entries(state.values).filter(
      ([name, text]) =>
        Object.hasOwn(known, name) && read(text, known[name]) !== undefined,
    );
    show({ ...next, values: Object.fromEntries(kept) });
  };
  root.hidden = false;
  start();
  if (isAsked()) root.scrollIntoView();
  addEventListener("hashchange", () => isAsked() && start());
  root.addEventListener("submit", (event) => event.preventDefault());
  root.addEventListener("input", ({ target }) => {
    part("notes").textContent = "";
    if (["from", "optimizer"].includes(target.name)) change(root.elements);
    state = answer();
    toAddress(state);
  });
})();
