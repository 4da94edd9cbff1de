// What the page says of its figures, in sentences. Names of variants stand in `backquotes`.

import { ratio } from "./statistics.mjs";

export const BASELINE = "switch_loop";
const TAIL_CALLS = "tail_call";
const TYPED = "tail_call_typed";

/** A ratio as text: with more digits the closer it is to 1. */
export function ratioText(value) {
  return value.toFixed(value < 2 ? 3 : value < 20 ? 2 : 1);
}

/** An interval as text. */
export function intervalText({ low, high }) {
  return `${ratioText(low)} to ${ratioText(high)}`;
}

/** Whether an interval leaves out 1 as it is shown: 1 if the variant is slower, -1 if it is faster, 0 if no difference is shown. */
export function direction({ low, high }) {
  if (low === null) return 0;
  return Number(ratioText(low)) > 1 ? 1 : Number(ratioText(high)) < 1 ? -1 : 0;
}

const listed = (names) => [names.slice(0, -1).join(", "), names.at(-1)].filter(Boolean).join(" and ");
const quoted = (name) => `\`${name}\``;

/** takes 1.234 times as long as `baseline` (1.201 to 1.267) */
function takes(baseline, found) {
  return `takes ${ratioText(found.value)} times as long as ${quoted(baseline)} (${intervalText(found)})`;
}

function fastest(rounds, variants) {
  const found = (variant, baseline) => ratio(rounds, variant, baseline);
  const ordered = [...variants].sort((one, other) => found(one, BASELINE).value - found(other, BASELINE).value);
  const [first, ...others] = ordered;
  const level = others.filter((other) => direction(found(other, first)) === 0);
  if (level.length > 0) return `${quoted(first)} has the shortest time here; between it and ${listed(level.map(quoted))} no difference is shown.`;
  return `${quoted(first)} is the fastest here. The next is ${quoted(others[0])}, which ${takes(first, found(others[0], first))}.`;
}

/** Says which of the two words fits, or that none is shown to. */
function judged(rounds, variant, baseline, { wins, loses, open }) {
  const found = ratio(rounds, variant, baseline);
  const words = { 1: loses, "-1": wins }[direction(found)];
  if (words) return `${words}: ${quoted(variant)} ${takes(baseline, found)}.`;
  return `${open}: no difference between ${quoted(variant)} and ${quoted(baseline)} is shown (ratio ${intervalText(found)}).`;
}

const WORDS_FOR_TAIL_CALLS = { wins: "Tail calls win", loses: "Tail calls lose", open: "Whether tail calls win or lose stays open" };
const WORDS_FOR_TYPED = {
  wins: "A table of typed references helps tail calls",
  loses: "A table of typed references makes tail calls slower",
  open: "Whether a table of typed references helps stays open",
};

/**
 * The sentences. `rounds` are what Measurement.round gives, `variants` the measured ones; `unavailable` are those that aren't, each with
 * `name` and `reason`.
 */
export function verdict(rounds, variants, unavailable) {
  if (rounds.length < 2) return ["One round gives no interval, and so no verdict."];
  const sentences = [];
  const measured = (...names) => names.every((name) => variants.includes(name));
  if (measured(BASELINE) && variants.length > 1) sentences.push(fastest(rounds, variants));
  if (measured(BASELINE, TAIL_CALLS)) sentences.push(judged(rounds, TAIL_CALLS, BASELINE, WORDS_FOR_TAIL_CALLS));
  if (measured(TAIL_CALLS, TYPED)) sentences.push(judged(rounds, TYPED, TAIL_CALLS, WORDS_FOR_TYPED));
  for (const { name, reason } of unavailable) sentences.push(`${quoted(name)} isn't among them: it ${reason}.`);
  return sentences;
}
