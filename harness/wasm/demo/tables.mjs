// The tables of the results.

import { html } from "./elements.mjs";
import { intervalText, ratioText } from "./verdict.mjs";

const head = (...names) => html("thead", {}, html("tr", {}, ...names.map((name) => html("th", { scope: "col" }, name))));

/** One row a variant: what it is, its time, and how that compares. */
export function variantTable({ variants, baseline }) {
  const row = (each) => {
    const is = each.name === baseline;
    return html("tr", {},
      html("th", { scope: "row" }, html("code", {}, each.name), html("span", { class: "summary" }, each.summary)),
      html("td", {}, is ? "1" : ratioText(each.value)),
      html("td", {}, is ? "baseline" : each.low === null ? "none" : intervalText(each)),
      html("td", {}, each.ns_per_instruction.toFixed(2)));
  };
  return html("table", {},
    html("caption", {}, `Time relative to ${baseline}, geometric mean over the programs`),
    head("variant", "ratio", "95 % interval", "ns per instruction"),
    html("tbody", {}, ...variants.map(row)));
}

/** One row a program, one column a variant. */
export function programTable({ variants, programs, baseline }) {
  const others = variants.filter(({ name }) => name !== baseline);
  const row = ({ name }, place) =>
    html("tr", {}, html("th", { scope: "row" }, name), ...others.map((each) => html("td", {}, ratioText(each.programs[place].value))));
  return html("table", {},
    html("caption", {}, `Time relative to ${baseline}, by program`),
    head("program", ...others.map(({ name }) => name)),
    html("tbody", {}, ...programs.map(row)));
}
