// The chart: a row for each variant with its mean, the mean's interval and a small mark for each program, over a logarithmic axis.

import { svg } from "./elements.mjs";

const NARROW = 620; // Below, a variant's name stands above its row.
const TICKS = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 7];
const LETTER = 7.5; // Pixels, about, for the room that texts need.

/** Round numbers from low to high, which are far enough from each other for a width. */
function ticks(low, high, width) {
  const all = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); ++power)
    for (const tick of TICKS) all.push(Number((tick * 10 ** power).toPrecision(2)));
  for (let power = Math.floor(Math.log10(low)); 0.8 * 10 ** power <= high; ++power)
    for (const tick of [0.8, 0.9]) all.push(Number((tick * 10 ** power).toPrecision(2)));
  const inside = [...new Set(all)].filter((tick) => tick >= low && tick <= high).sort((a, b) => a - b);
  // Those that stay, beginning with 1, are those that don't touch one that does.
  const place = (tick) => (width * Math.log(tick / low)) / Math.log(high / low);
  const kept = [];
  const weight = (tick) => [1, 10, 100, 0.1, 0.5, 2, 5, 20, 50, 0.2, 3, 30, 0.7, 1.5].indexOf(tick);
  for (const tick of inside.sort((a, b) => (weight(a) < 0 ? 99 : weight(a)) - (weight(b) < 0 ? 99 : weight(b)) || a - b))
    if (kept.every((other) => Math.abs(place(tick) - place(other)) > 4.5 * LETTER)) kept.push(tick);
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
