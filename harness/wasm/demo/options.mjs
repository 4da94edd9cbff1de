// What the page is asked for behind the # of its address: #rounds=40&programs=fib,lz&variants=switch_loop,tail_call&start

/** Names of a list that are known. Throws an Error that names one that isn't. */
function chosen(what, text, known) {
  const names = text.split(",").filter(Boolean);
  for (const name of names) if (!known.includes(name)) throw new Error(`${what} "${name}" in the address: expected some of ${known.join(", ")}`);
  return names.length > 0 ? names : known;
}

/** `{programs, variants, rounds, start}`; what isn't asked for is null, and `start` false. */
export function optionsIn(fragment, programs, variants) {
  const asked = new URLSearchParams(fragment.replace(/^#/, ""));
  const rounds = asked.has("rounds") ? Number(asked.get("rounds")) : null;
  if (rounds !== null && !(Number.isInteger(rounds) && rounds >= 1)) throw new Error(`rounds "${asked.get("rounds")}" in the address: expected 1 or more`);
  return {
    programs: asked.has("programs") ? chosen("program", asked.get("programs"), programs) : null,
    variants: asked.has("variants") ? chosen("variant", asked.get("variants"), variants) : null,
    rounds,
    start: asked.has("start"),
  };
}
