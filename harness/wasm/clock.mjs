// How coarse a clock is.

/** The smallest step that the clock is seen to make, in nanoseconds. `now` gives nanoseconds. */
export function clockResolution(now) {
  let smallest = Infinity;
  for (let i = 0; i < 50; ++i) {
    const start = now();
    let next = now();
    while (next === start) next = now();
    smallest = Math.min(smallest, next - start);
  }
  return smallest;
}
