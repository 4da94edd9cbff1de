// The chart: a row for each variant with its mean, the mean's interval and a small mark for each program, over a logarithmic axis.

import { svg } from "./elements.mjs";

const NARROW = 620; // Below, a variant's name stands above its row.
const TICKS = [1, 5, 2, 3, 1.5, 7, 8, 9, 1.2]; // Times powers of ten; earlier ones go first.
const LETTER = 7.5; // Pixels, about, for the room that texts need.

/** Round numbers between two, as many as have room over a width. */
function ticks(low, high, width) {
  const place = (tick) => (width * Math.log(tick / low)) / Math.log(high / low);
  const kept = [];
  for (const digit of TICKS)
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); ++power) {
      const tick = Number((digit * 10 ** power).toPrecision(2));
      if (tick >= low && tick <= high && kept.every((other) => Math.abs(place(tick) - place(other)) > 4.5 * LETTER)) kept.push(tick);
    }
  return kept;
}

/** `rows`: each `{name, value, low, high, programs}`, where `programs` are ratios. Returns an svg element that is `width` wide. */
export function chart(rows, baseline, width) {
  const narrow = width < NARROW;
  const values = rows.flatMap(({ value, low, high, programs }) => [value, low ?? value, high ?? value, ...programs]);
  const [low, high] = [Math.min(0.95, ...values) / 1.04, Math.max(1.05, ...values) * 1.04];
  const left = narrow ? 8 : Math.max(...rows.map(({ name }) => name.length)) * LETTER + 24;
  const right = width - 16;
  const x = (value) => left + ((right - left) * Math.log(value / low)) / Math.log(high / low);
  const step = narrow ? 52 : 34;
  const top = 8;
  const bottom = top + step * rows.length;
  const words = rows.map(({ name, value }) => `${name} ${value.toFixed(2)}`).join(", ");
  const picture = svg("svg", {
    viewBox: `0 0 ${width} ${bottom + 46}`, width, height: bottom + 46, role: "img",
    "aria-label": `Time relative to ${baseline}: ${words}. The table below has the same figures.`,
  });
  for (const tick of ticks(low, high, right - left)) {
    picture.append(
      svg("line", { class: tick === 1 ? "reference" : "grid", x1: x(tick), x2: x(tick), y1: top, y2: bottom }),
      svg("text", { class: "muted", x: x(tick), y: bottom + 17, "text-anchor": "middle" }, String(tick)),
    );
  }
  for (const [i, row] of rows.entries()) {
    const y = top + step * i + (narrow ? 36 : step / 2);
    const name = narrow ? { x: left, y: y - 17 } : { x: left - 16, y: y + 4, "text-anchor": "end" };
    picture.append(svg("text", { class: row.name === baseline ? "name bold" : "name", ...name }, row.name));
    for (const ratio of row.programs) picture.append(svg("circle", { class: "program", cx: x(ratio), cy: y, r: 2.5 }));
    if (row.low !== null) picture.append(svg("line", { class: "interval", x1: x(row.low), x2: x(row.high), y1: y, y2: y }));
    picture.append(svg("circle", { class: "mean", cx: x(row.value), cy: y, r: 6 }));
  }
  picture.append(svg("text", { class: "muted", x: (left + right) / 2, y: bottom + 38, "text-anchor": "middle" }, `time relative to ${baseline} (less is faster)`));
  return picture;
}
