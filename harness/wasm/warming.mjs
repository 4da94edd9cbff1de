// When an engine has done what it does to make a program faster.
//
// Engines compile a function cheaply first and better once it has run for a while, beside it in another thread, and some use the
// better code only from the next call on. So a row is warm when its times no longer fall.

const RUNS = 4;
const FALL = 0.02;
const LONGEST_NANOSECONDS = 3e9;

export class Warming {
  /** `now` gives nanoseconds. */
  constructor(now) {
    this.now = now;
    this.warmed = new Set();
  }

  /** Nothing is warm any more. */
  forget() {
    this.warmed.clear();
  }

  /**
   * Runs `once`, which returns `{time}` or `{refused}`, until the best of the last 4 runs is no more than 2 % below the best of the
   * 4 before, for 3 seconds at most. Does nothing if the row is warm.
   */
  warm(row, once) {
    if (this.warmed.has(row)) return;
    this.warmed.add(row);
    const start = this.now();
    let before = Infinity;
    for (;;) {
      let best = Infinity;
      for (let i = 0; i < RUNS; ++i) {
        const { time, refused } = once();
        if (refused !== undefined) return;
        best = Math.min(best, time);
      }
      if (best > before * (1 - FALL) || this.now() - start > LONGEST_NANOSECONDS) return;
      before = best;
    }
  }
}
