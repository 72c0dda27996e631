/* What the translated classes stand on, written by hand: the arithmetic of small arrays,
   the order of classes, and the loop of a step after npoptim/optimizer.py (declared
   numbers, slots, hooks). Whatever a rule, a mixin, a schedule or a problem computes
   follows below, translated from its Python.

   An array is a list of numbers, a matrix a list of such lists. An array of no
   dimensions has one number, which goes with all of another array, as a number does. */

const depth = (a) => {
  let n = 0;
  for (; typeof a === "object"; a = a[0]) n++;
  return n;
};

// Element by element, over what NumPy's shapes go together for. A walk of a page is
// thousands of these on two numbers, so they are loops.
const unary = (f) => {
  const go = (a) => {
    if (typeof a !== "object") return f(a);
    const made = [];
    for (let i = 0; i < a.length; i++) made.push(go(a[i]));
    return made;
  };
  return go;
};
const binary = (f) => {
  const go = (a, b) => {
    const m = depth(a);
    const n = depth(b);
    if (m === 0 && n === 0) return f(a, b);
    const made = [];
    const length = m < n ? b.length : m > n ? a.length : Math.max(a.length, b.length);
    for (let i = 0; i < length; i++) {
      const x = m < n ? a : a[a.length === 1 ? 0 : i];
      const y = m > n ? b : b[b.length === 1 ? 0 : i];
      made.push(m < 2 && n < 2 ? f(x, y) : go(x, y));
    }
    return made;
  };
  return go;
};
const add = binary((a, b) => a + b);
const sub = binary((a, b) => a - b);
const mul = binary((a, b) => a * b);
const div = binary((a, b) => a / b);
const lt = binary((a, b) => a < b);
const gt = binary((a, b) => a > b);
const neg = unary((a) => -a);
const squared = unary((a) => a * a);
// NumPy takes the root for a power of one half. Other powers may differ from Python's
// in the last bit.
const pow = binary((a, b) => (b === 0.5 ? Math.sqrt(a) : a ** b));
const matmul = (a, b) => a.map((row) => row.map((x, k) => mul(x, b[k])).reduce(add));
const mod = (a, b) => a - b * Math.floor(a / b);
const repeat = (list, n) => Array(n).fill(list).flat();
const zip = (...lists) => lists[0].map((_, i) => lists.map((list) => list[i]));
const put = (target, value) => {
  if (typeof target !== "object") throw new TypeError("not an array");
  const whole = depth(value) < depth(target);
  for (let i = 0; i < target.length; i++) {
    const x = whole ? value : value[value.length === 1 ? 0 : i];
    if (typeof target[i] === "object") put(target[i], x);
    else target[i] = x;
  }
  return target;
};
const fill = (shape, x) =>
  shape.length > 1
    ? Array.from({ length: shape[0] }, () => fill(shape.slice(1), x))
    : Array(shape.length ? shape[0] : 1).fill(x);
const flat = (a) => [a].flat(Infinity);
const total = (a) => {
  if (typeof a !== "object") return a;
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += total(a[i]);
  return sum;
};

const np = {
  abs: unary(Math.abs),
  cbrt: unary(Math.cbrt),
  cos: unary(Math.cos),
  exp: unary(Math.exp),
  radians: unary((x) => x * (Math.PI / 180)),
  sign: unary(Math.sign),
  sin: unary(Math.sin),
  sqrt: unary(Math.sqrt),
  logaddexp: binary((x, y) =>
    x === y ? x + Math.LN2 : Math.max(x, y) + Math.log1p(Math.exp(-Math.abs(x - y))),
  ),
  maximum: binary(Math.max),
  minimum: binary(Math.min),
  clip: (a, low, high) => np.minimum(np.maximum(a, low), high),
  array: (a) => a,
  asarray: (a) => a,
  copy: (a) => a.map((x) => (typeof x === "object" ? np.copy(x) : x)),
  zeros: (shape) => fill([shape].flat(), 0),
  full: (shape, x) => fill(shape, x),
  zeros_like: (a, shape) => fill(shape ?? np.shape(a), 0),
  full_like: (a, x) => fill(np.shape(a), x),
  eye: (n) => fill([n], 0).map((_, i, a) => a.map((_, j) => Number(i === j))),
  shape: (a) => (depth(a) ? [a.length, ...np.shape(a[0])] : []),
  ndim: (a) => depth(a),
  size: (a) => flat(a).length,
  transpose: (a) => zip(...a),
  reshape: (a, ...sizes) => {
    const shape = sizes.flat();
    return shape.slice(1).reduceRight(
      (list, n) =>
        Array.from({ length: list.length / n }, (_, i) => list.slice(n * i, n * i + n)),
      flat(a),
    );
  },
  concatenate: (arrays, axis = 0) =>
    axis === 0 || depth(arrays[0]) === 1
      ? arrays.flat(1)
      : arrays[0].map((_, i) => np.concatenate(arrays.map((a) => a[i]), axis)),
  last: (a, start, end) =>
    depth(a) > 1 ? a.map((x) => np.last(x, start, end)) : a.slice(start, end),
  sum: (a, axis) =>
    axis === undefined ? total(a) : axis === 0 ? a.reduce(add) : a.map(total),
  mean: (a) => total(a) / flat(a).length,
  max: (a) => Math.max(...flat(a)),
  vdot: (a, b) => total(mul(a, b)),
  linalg_norm: (a) => Math.sqrt(np.vdot(a, a)),
  tensordot: (a, b, axes) => matmul(a, b),
  // Random numbers are those of the page: rng has normal(size).
  random_default_rng: (rng) => rng,
  normal: (rng, size) => rng.normal(size),
  where: (c, x, y) => c.map((yes, i) => (yes ? (x[i] ?? x) : (y[i] ?? y))),
  select: (conditions, values, x) =>
    conditions.reduceRight((rest, c, k) => np.where(c, values[k], rest), x),
};

// The numbers of a problem are those of the page: finite, and its own.
const finite_numbers = (name, values) => np.copy(values);

const leaves = (...structures) => {
  const found = [];
  structures[0].forEach((layer, i) => {
    for (const name in layer) found.push(structures.map((each) => each[i][name]));
  });
  return found;
};
const like = (structure, make) =>
  structure.map((layer) =>
    Object.fromEntries(Object.entries(layer).map(([name, w]) => [name, make(w)])),
  );

class Declared {
  init(values = {}) {
    for (const name of this.functions) this[name] = values[name];
    for (const [name, declared] of Object.entries(this.hyperparameters))
      this[name] = values[name] ?? declared.default;
  }
}

class Optimizer extends Declared {
  init(model, values) {
    super.init(values);
    // Any number may be a function of the step.
    this.schedules = Object.keys(this.hyperparameters)
      .filter((name) => typeof this[name] === "function")
      .map((name) => [name, this[name]]);
    this.model = model;
    this.parameters = model._parameters;
    this.gradients = model._gradients;
    this.updates = like(this.parameters, np.zeros_like);
    this.clear();
  }
  _count(t) {
    for (const [name, schedule] of this.schedules)
      this[name] = schedule(Math.max(t, 1));
    this.t = t;
  }
  clear() {
    this._count(0);
    const first = like(this.parameters, (w) => this.start(w));
    this.state = {};
    for (const slot of this.slots)
      this.state[slot] = like(first, (made) => made[slot] && np.copy(made[slot]));
    Object.assign(this, this.shared);
  }
  step(closure) {
    this._count(this.t + 1);
    this.closure = closure;
    this.prepare();
    this.regularize();
    this.get_updates();
    for (const [w, u] of leaves(this.parameters, this.updates)) put(w, add(w, u));
    this.finish();
  }
  get_updates() {
    const states = this.slots.map((slot) => this.state[slot]);
    const arrays = [this.parameters, this.gradients, this.updates, ...states];
    for (const [w, g, u, ...state] of this.blocks(...arrays)) {
      const named = {};
      this.slots.forEach((slot, i) => (named[slot] = state[i]));
      put(u, this.update(w, g, named));
    }
  }
  evaluation() {
    return (body) => body();
  }
  standing_at(points) {
    return (body) => {
      const own = like(this.parameters, np.copy);
      for (const [w, point] of leaves(this.parameters, points)) put(w, point);
      const answer = body();
      for (const [w, old] of leaves(this.parameters, own)) put(w, old);
      return answer;
    };
  }
  blocks(...structures) {
    return leaves(...structures);
  }
  norm(structure, minus) {
    const vectors = minus
      ? leaves(structure, minus).map(([a, b]) => sub(a, b))
      : leaves(structure).map(([a]) => a);
    return Math.sqrt(total(vectors.map((part) => np.sum(squared(part)))));
  }
}

// The order of classes is Python's, and so is what super() means in it.
const classes = {};
const by_hand = { Optimizer, Schedule: Declared };
const define = (name, parents, own, make) => {
  classes[name] = { name, parents, ...own, make };
};
const merge = (lists) => {
  const order = [];
  for (;;) {
    lists = lists.filter((list) => list.length);
    if (!lists.length) return order;
    const next = lists
      .map((list) => list[0])
      .find((each) => lists.every((list) => list.indexOf(each) < 1));
    if (!next) throw new Error(`no order of ${lists.flat()}`);
    order.push(next);
    lists = lists.map((list) => list.filter((each) => each !== next));
  }
};
const order_of = (...names) => {
  const parents = names.length > 1 ? names : classes[names[0]].parents;
  const rest = merge([...parents.map((parent) => order_of(parent)), parents]);
  return names.length > 1 ? rest : [...names, ...rest];
};
const composed = {};
const compose = (...names) => (composed[names] ??= build(order_of(...names)));
const build = (order) => {
  const own = order.map((name) => classes[name]);
  const made = own.reduceRight(
    (above, each) => each.make(above),
    by_hand[order.at(-1)] ?? class {},
  );
  const prototype = made.prototype;
  const slots = new Set();
  prototype.shared = {};
  prototype.functions = own.flatMap((each) => each.functions ?? []);
  prototype.hyperparameters = {};
  for (const each of [...own].reverse()) {
    for (const slot of each.slots ?? []) slots.add(slot);
    Object.assign(prototype.shared, each.shared);
    for (const kind of ["numbers", "counts", "flags"])
      for (const [name, declared] of Object.entries(each[kind] ?? {})) {
        const [value, own] = [declared].flat();
        const range = own ?? prototype.hyperparameters[name]?.range ?? "";
        prototype.hyperparameters[name] = { kind, range, default: value };
      }
    Object.assign(prototype, each.data);
  }
  prototype.slots = [...slots];
  return made;
};

// An optimizer, create(["L1Optimizer", "Adam"], model, {lr: 0.1}), or a problem.
const create = (names, ...given) => {
  const made = new (compose(...names))();
  made.init(...given);
  return made;
};
// A schedule is a function of the step.
const schedule = (name, values) => {
  const made = create([name], values);
  return (t) => made.__call__(t);
};

// Take steps on a problem, and call back after each, as npoptim.problems.descend does.
const descend = (problem, optimizer, steps, after) => {
  const closure = () => {
    problem.compute_gradient();
    return problem.value(problem.w);
  };
  for (let t = 1; t <= steps; t++) {
    problem.compute_gradient();
    optimizer.step(closure);
    problem.project();
    after(t);
  }
};
