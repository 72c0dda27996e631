/* Slopes that come in turn wherever the weights stand: slopes.py, for the pages. In the
   place of a loss there is the length of the last step. */
(() => {
  npoptim.classes.Slopes = {
    parents: ["Problem"],
    numbers: { times: [1, "(0, inf)"], first: [1, "(0, inf)"] },
    make: (Above) =>
      class extends Above {
        init(slopes, limits, times = 1, first = 1, start) {
          const n = slopes[0].length;
          const zeros = Array(n).fill(0);
          Object.assign(this, { slopes, limits, times, first, default_start: zeros });
          this.minimizers = [zeros];
          this.quantity = "length of the step";
          this.length = this.t = 0;
          super.init(start ?? undefined);
          this.before = [...this.w];
        }
        value(w) {
          return w[0].map ? w[0].map(() => 0) : this.length;
        }
        compute_gradient() {
          const times = this.t ? this.times : this.first * this.times;
          const slope = this.slopes[this.t++ % this.slopes.length];
          this._gradients[0].w.forEach((_, i, g) => (g[i] = times * slope[i]));
        }
        project() {
          this.length = Math.hypot(...this.w.map((x, i) => x - this.before[i]));
          this.before = [...this.w];
        }
      },
  };
})();
