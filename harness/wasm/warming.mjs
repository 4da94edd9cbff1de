// When an engine has done what it does to make a program faster.
//
// Engines compile a function cheaply first and better once it has run for a while, beside it in another thread, and some use the
// better code only from the next call on. So a row is warm when its times no longer fall, and when there was time to compile: a
// second for a backend's first program, since an interpreter's loop is one large function, and less for its others, which share
// its code.

const RUNS = 2;
const FALL = 0.02;
const FIRST_NANOSECONDS = 1e9;
const FURTHER_NANOSECONDS = 5e7;
const LONGEST_NANOSECONDS = 3e9;

export class Warming {
  /** `now` gives nanoseconds. */
  constructor(now) {
    this.now = now;
    this.forget();
  }

  /** Nothing is warm any more. */
  forget() {
    this.programs = new Map(); // By backend.
  }

  /**
   * Runs `once`, which returns `{time}` or `{refused}`, for a second (50 ms once another program of the backend is warm) and until
   * the best of the last two runs is no more than 2 % below the best of the two before, for 3 seconds at most. Does nothing if the
   * program is warm.
   */
  warm(backend, program, once) {
    const shortest = this.programs.has(backend) ? FURTHER_NANOSECONDS : FIRST_NANOSECONDS;
    const warmed = this.programs.get(backend) ?? new Set();
    if (warmed.has(program)) return;
    warmed.add(program);
    this.programs.set(backend, warmed);
    const start = this.now();
    let before = Infinity;
    for (;;) {
      let best = Infinity;
      for (let i = 0; i < RUNS; ++i) {
        const { time, refused } = once();
        if (refused !== undefined) return;
        best = Math.min(best, time);
      }
      const passed = this.now() - start;
      if (passed > LONGEST_NANOSECONDS || (passed > shortest && best > before * (1 - FALL))) return;
      before = best;
    }
  }
}
