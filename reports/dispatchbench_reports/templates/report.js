"use strict";

// ---- numbers: pure functions of the page's data, with the definitions of the package's estimates. The tests run them
// without a browser against harness/tests/estimate_cases.json.
function estimatesOf(data) {
  const series = data.series;
  const positions = new Map(series.column.map((column, i) => [`${column}/${series.workload[i]}/${series.backend[i]}`, i]));
  const find = (column, workload, backend) => positions.get(`${column}/${workload}/${backend}`);
  // "refused", "failed" or nothing: see Study.absence.
  const absences = new Map(data.absent.column.map((column, i) => [`${column}/${data.absent.workload[i]}/${data.absent.backend[i]}`, data.absent.kind[i]]));
  const absence = (column, workload, backend) => absences.get(`${column}/${workload}/${backend}`);
  // Of each layout variant: where its benchmarks stand in its lists.
  const layouts = data.layouts.map((layout) => ({ ...layout, positions: new Map(layout.workload.map((workload, i) => [`${workload}/${layout.backend[i]}`, i])) }));

  const sum = (values) => values.reduce((total, value) => total + value, 0);
  const median = (values) => {
    const ordered = [...values].sort((a, b) => a - b);
    const middle = ordered.length >> 1;
    return ordered.length % 2 ? ordered[middle] : (ordered[middle - 1] + ordered[middle]) / 2;
  };
  const quantile = (degrees) => data.quantiles[Math.min(degrees, data.quantiles.length - 1)];
  function intervalOfLogs(logs) {
    const mean = sum(logs) / logs.length;
    if (logs.length < 2) return { value: Math.exp(mean), low: null, high: null, processes: logs.length };
    const deviation = Math.sqrt(sum(logs.map((log) => (log - mean) ** 2)) / (logs.length - 1));
    const reach = quantile(logs.length - 1) * deviation / Math.sqrt(logs.length);
    return { value: Math.exp(mean), low: Math.exp(mean - reach), high: Math.exp(mean + reach), processes: logs.length };
  }

  // Process medians as a map by process, of a column or of a layout variant; empty if it was not measured.
  const byProcess = (lists, i, clock) => new Map(i === undefined ? [] : lists.processes[i].map((process, at) => [process, lists[clock][i][at]]));
  const processMedians = (column, workload, backend, clock) => byProcess(series, find(column, workload, backend), clock);
  const layoutMedians = (layout, workload, backend, clock) => byProcess(layout, layout.positions.get(`${workload}/${backend}`), clock);
  const layoutsOf = (column) => layouts.filter((layout) => layout.of === column);

  // What a column is compared with: see Lens.reference.
  const workloads = data.workloads.map((_, i) => i);
  const measured = (column, backend) => workloads.some((workload) => find(column, workload, backend) !== undefined);
  const attempted = (column, backend) => measured(column, backend) || workloads.some((workload) => absence(column, workload, backend) !== undefined);
  const references = new Map();
  function reference(column, baseline) {
    const key = `${column}/${baseline}`;
    if (!references.has(key)) {
      const { backend, label } = data.baselines[baseline], { run } = data.columns[column];
      const own = label === null && measured(column, backend) ? column : undefined;
      const other = data.columns.findIndex((each, i) => each.run === run && (label === null || each.label === label) && measured(i, backend));
      references.set(key, own ?? (other < 0 ? undefined : other));
    }
    return references.get(key);
  }
  const isReference = (column, backend, baseline) => reference(column, baseline) === column && data.baselines[baseline].backend === backend;
  const borrows = (column, baseline) => data.baselines[baseline].label === null && ![undefined, column].includes(reference(column, baseline));
  const compared = (column, backend, baseline) => reference(column, baseline) !== undefined && attempted(column, backend) && !isReference(column, backend, baseline);
  // Whether these columns are compared with one competitor, or with the same code in each: see Lens.one_baseline.
  function oneBaseline(columns, baseline) {
    const against = [...new Set(columns.map((column) => reference(column, baseline)))];
    const codes = new Set(against.map((column) => data.columns[column].code[data.baselines[baseline].backend]));
    return against.length < 2 || (codes.size === 1 && !codes.has(null));
  }
  function baselineName(column, baseline) {
    const { name, backend } = data.baselines[baseline];
    return borrows(column, baseline) ? `${data.backends[backend]}/${data.columns[reference(column, baseline)].label}` : name;
  }

  const logsBetween = (own, other) => new Map([...own].filter(([process]) => other.has(process)).map(([process, value]) => [process, Math.log(value / other.get(process))]));
  function logRatios(column, workload, backend, baseline, clock) {
    const against = reference(column, baseline);
    if (against === undefined) return new Map();
    return logsBetween(processMedians(column, workload, backend, clock), processMedians(against, workload, data.baselines[baseline].backend, clock));
  }
  function ratio(column, workload, backend, baseline, clock) {
    const logs = [...logRatios(column, workload, backend, baseline, clock).values()];
    return logs.length ? intervalOfLogs(logs) : null;
  }
  function geometricMean(column, backend, baseline, clock, chosen) {
    return meanOfRows(chosen.map((workload) => logRatios(column, workload, backend, baseline, clock)));
  }
  function meanOfRows(every) {
    const rows = every.filter((row) => row.size);
    if (!rows.length) return null;
    const shared = [...rows[0].keys()].filter((process) => rows.every((row) => row.has(process)));
    return shared.length ? intervalOfLogs(shared.map((process) => sum(rows.map((row) => row.get(process))) / rows.length)) : null;
  }
  // Without what the backend spends on preparing, over the baseline's whole CPU time; null if nobody would see a difference.
  function meanWithoutPreparing(column, backend, baseline, chosen) {
    const against = reference(column, baseline), whole = geometricMean(column, backend, baseline, "cpu", chosen);
    if (!whole) return null;
    const found = meanOfRows(chosen.map((workload) => {
      const i = find(column, workload, backend);
      const rest = byProcess(series, i, series.rest[i] ? "rest" : "cpu");
      return logsBetween(rest, processMedians(against, workload, data.baselines[baseline].backend, "cpu"));
    }));
    return found.value <= whole.value * (1 - data.least_visible) ? found : null;
  }
  function time(column, workload, backend, clock) {
    const medians = processMedians(column, workload, backend, clock);
    return medians.size ? median(medians.values()) : null;
  }
  function layoutSpread(column, workload, backend, clock) {
    const all = [processMedians(column, workload, backend, clock), ...layoutsOf(column).map((layout) => layoutMedians(layout, workload, backend, clock))];
    const times = all.filter((medians) => medians.size).map((medians) => median(medians.values()));
    return times.length >= 2 ? Math.max(...times) / Math.min(...times) : null;
  }
  function layoutEffect(column, workload, backend, baseline, clock) {
    const against = reference(column, baseline);
    if (against === undefined || isReference(column, backend, baseline)) return null;
    const other = data.baselines[baseline].backend;
    const spreads = [layoutSpread(column, workload, backend, clock), layoutSpread(against, workload, other, clock)];
    const one = processMedians(against, workload, other, clock);
    const pairs = [[processMedians(column, workload, backend, clock), one]];
    for (const layout of layoutsOf(column)) pairs.push([layoutMedians(layout, workload, backend, clock), against === column ? layoutMedians(layout, workload, other, clock) : one]);
    const logs = pairs.map(([own, base]) => [...logsBetween(own, base).values()]).filter((each) => each.length);
    if (!logs.length || spreads.includes(null)) return null;
    const effect = { ratio: median(logs.map((each) => Math.exp(sum(each) / each.length))), spread: Math.max(...spreads) };
    return { ...effect, marked: Math.abs(Math.log(effect.ratio)) < Math.log(effect.spread) };
  }
  return { find, absence, oneBaseline, reference, borrows, isReference, compared, baselineName, ratio, geometricMean, meanWithoutPreparing, time, layoutSpread, layoutEffect };
}

function startPage(data) {
  const numbers = estimatesOf(data);
  const { find, absence } = numbers;
  const series = data.series;
  const element = (id) => document.getElementById(id);
  const MOST_SERIES_IN_A_PANEL = 7, MOST_PANELS = 8, MOST_DOTS = 2000, MOST_OPEN_TABLES = 6;
  const MARKERS = ["circle", "square", "diamond", "up", "down", "plus", "cross", "pentagon"];
  const sum = (values) => values.reduce((total, value) => total + value, 0);

  // ---- numbers with what stands beside them
  function estimateOf(state, column, workload, backend) {
    const i = find(column, workload, backend);
    if (i === undefined) return null;
    let found;
    if (state.kind === "ratio") {
      found = numbers.ratio(column, workload, backend, state.baseline, state.clock);
      if (!found) return null;
      found.hollow = Boolean(numbers.layoutEffect(column, workload, backend, state.baseline, state.clock)?.marked);
    } else if (state.kind === "time") {
      found = { value: numbers.time(column, workload, backend, state.clock), low: series[`${state.clock}_low`][i], high: series[`${state.clock}_high`][i], processes: series[state.clock][i].length, hollow: false };
    } else {
      if (series.counted[i] === null) return null;
      found = { value: series.counted[i], low: null, high: null, processes: series.cpu[i].length, hollow: false };
    }
    return { ...found, samples: series.n[i], column, workload, backend };
  }
  function meanOf(state, column, backend) {
    const found = numbers.geometricMean(column, backend, state.baseline, state.clock, state.workloads);
    const samples = sum(state.workloads.map((workload) => find(column, workload, backend)).filter((i) => i !== undefined).map((i) => series.n[i]));
    return found && { ...found, samples, column, workload: null, backend, hollow: false };
  }
  function unpreparedOf(state, mean) {
    const found = mean && state.clock === "cpu" ? numbers.meanWithoutPreparing(mean.column, mean.backend, state.baseline, state.workloads) : null;
    return found && { ...mean, ...found, unprepared: true };
  }
  const ratioText = (value) => value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value >= 0.095 ? value.toFixed(2) : value.toPrecision(2);
  const timeText = (value) => value >= 1000 ? Math.round(value).toLocaleString("en-US") : value >= 100 ? value.toFixed(1) : value >= 10 ? value.toFixed(2) : value >= 0.01 ? value.toFixed(3) : value.toFixed(6);
  const preciseRatioText = (value) => value < 10 ? value.toFixed(3) : value < 100 ? value.toFixed(2) : value.toFixed(1);
  const numberText = (state, value) => state.kind === "ratio" ? preciseRatioText(value) : timeText(value);
  const absenceText = (column, workload, backend) => absence(column, workload, backend) ?? "not measured";
  function estimateText(state, estimate) {
    const mark = estimate.hollow ? " ~" : "";
    if (state.kind === "counted") return timeText(estimate.value);
    if (estimate.low === null) return `${numberText(state, estimate.value)} (no interval)${mark}`;
    return `${numberText(state, estimate.value)} [${numberText(state, estimate.low)}, ${numberText(state, estimate.high)}]${mark}`;
  }

  // ---- the reader's choices
  function matching(names, text) {
    const parts = text.toLowerCase().split(/[\s,]+/).filter(Boolean);
    return names.map((_, i) => i).filter((i) => !parts.length || parts.some((part) => names[i].toLowerCase().includes(part)));
  }
  function readState() {
    const [kind, clock] = element("metric").value.split("-");
    const chosen = element("column").value;
    return {
      kind, clock: clock || "cpu",
      baseline: Number(element("baseline").value),
      columns: chosen === "all" ? data.columns.map((_, i) => i) : [Number(chosen)],
      workloads: matching(data.workloads, element("workload-filter").value),
      backends: matching(data.backends, element("backend-filter").value),
    };
  }
  const baselineName = (state) => data.baselines[state.baseline].name;
  function metricName(state, column) {
    if (state.kind === "counted") return "instructions per VM instruction (counted)";
    const clock = data.clocks[state.clock];
    const name = column === undefined ? baselineName(state) : numbers.baselineName(column, state.baseline);
    return state.kind === "ratio" ? `${clock} relative to ${name}` : `${data.unit}, ${clock}`;
  }
  const shownBackends = (state) => state.backends.filter((backend) => state.kind !== "ratio" || data.columns.some((_, column) => numbers.compared(column, backend, state.baseline)));
  const shownColumns = (state) => state.columns.filter((column) => state.kind !== "ratio" || numbers.reference(column, state.baseline) !== undefined);
  const listed = (names) => names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${names.at(-1)}` : names.join("");
  function baselineNotes(state) {
    if (state.kind !== "ratio") return [];
    const title = (column) => data.columns[column].title, name = baselineName(state);
    const notes = state.columns.filter((column) => numbers.borrows(column, state.baseline))
      .map((column) => `${title(column)} has no ${name}: it is compared with ${numbers.baselineName(column, state.baseline)} of the same run.`);
    const without = state.columns.filter((column) => numbers.reference(column, state.baseline) === undefined);
    if (without.length) notes.push(`Not compared, since no library of the run has ${name}: ${listed(without.map(title))}.`);
    return notes;
  }

  // ---- the chart
  const SVG = "http://www.w3.org/2000/svg";
  function draw(parent, tag, attributes, text) {
    const made = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    if (text !== undefined) made.textContent = text;
    parent.append(made);
    return made;
  }
  const canvas = document.createElement("canvas").getContext("2d");
  function widthOf(text, bold) {
    canvas.font = `${bold ? "600 " : ""}13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif`;
    return canvas.measureText(text).width;
  }
  function fitted(text, room, bold) {
    if (widthOf(text, bold) <= room) return text;
    while (text && widthOf(`${text}…`, bold) > room) text = text.slice(0, -1);
    return `${text}…`;
  }
  const lookOf = (index) => ({ colour: `var(--series-${index % 8})`, marker: MARKERS[(index + Math.floor(index / 8)) % 8] });
  function marker(parent, x, y, look, hollow, size) {
    const r = size, points = {
      square: [[-r, -r], [r, -r], [r, r], [-r, r]],
      diamond: [[0, -r * 1.35], [r * 1.35, 0], [0, r * 1.35], [-r * 1.35, 0]],
      up: [[0, -r * 1.15], [r * 1.15, r], [-r * 1.15, r]],
      down: [[0, r * 1.15], [r * 1.15, -r], [-r * 1.15, -r]],
      plus: [[-r * .4, -r], [r * .4, -r], [r * .4, -r * .4], [r, -r * .4], [r, r * .4], [r * .4, r * .4], [r * .4, r], [-r * .4, r], [-r * .4, r * .4], [-r, r * .4], [-r, -r * .4], [-r * .4, -r * .4]],
      cross: [[-r, -r * .45], [-r * .45, -r], [0, -r * .5], [r * .45, -r], [r, -r * .45], [r * .5, 0], [r, r * .45], [r * .45, r], [0, r * .5], [-r * .45, r], [-r, r * .45], [-r * .5, 0]],
      pentagon: [[0, -r * 1.15], [r * 1.1, -r * .3], [r * .7, r], [-r * .7, r], [-r * 1.1, -r * .3]],
    }[look.marker];
    const style = hollow ? { fill: "var(--background)", stroke: look.colour, "stroke-width": 2 } : { fill: look.colour, stroke: "var(--ink)", "stroke-width": .6 };
    if (!points) return draw(parent, "circle", { class: "mark", cx: x, cy: y, r, ...style });
    return draw(parent, "path", { class: "mark", d: `M${points.map(([a, b]) => `${(x + a).toFixed(1)} ${(y + b).toFixed(1)}`).join("L")}Z`, ...style });
  }
  function ratioTicks(low, high, width) {
    const position = (value) => Math.log(value / low) / Math.log(high / low) * width, chosen = [];
    for (const value of [1, .1, 10, .01, 100, .5, 2, .2, 5, .05, 20, .25, 4, .7, 1.4, .8, 1.25, .6, 1.6, .4, 3, .3, 8, .9, 1.1, .95, 1.05, .98, 1.02, .99, 1.01])
      if (value >= low && value <= high && chosen.every((other) => Math.abs(position(value) - position(other)) > (widthOf(String(value)) + widthOf(String(other))) / 2 + 10)) chosen.push(value);
    return chosen;
  }
  function timeTicks(high, width) {
    const wanted = high / Math.max(2, width / 60), power = 10 ** Math.floor(Math.log10(wanted));
    const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= wanted) || power * 10;
    const ticks = [];
    for (let n = 0; n * step <= high * 1.0001; n++) ticks.push(Number((n * step).toPrecision(6)));
    return ticks;
  }
  function meanAbsence(column, backend) {
    if (numbers.isReference(column, backend, state.baseline)) return "the baseline";
    if (data.columns[column].unavailable[data.backends[backend]]) return "unavailable";
    const why = new Set(state.workloads.map((workload) => absenceText(column, workload, backend)));
    return why.size === 1 ? [...why][0] : "not measured";
  }
  let dots = [], current = -1, state;
  function drawChart() {
    const holder = element("live-overview");
    holder.textContent = "";
    dots = []; current = -1;
    const compared = shownBackends(state), columns = shownColumns(state);
    // A panel per backend puts all libraries on one axis, which only one baseline allows.
    const byBackend = compared.length > MOST_SERIES_IN_A_PANEL && (state.kind !== "ratio" || numbers.oneBaseline(columns, state.baseline));
    const group = byBackend ? columns : compared;
    const everyPanel = byBackend ? compared : columns;
    // As in the pictures: a few panels at a time, and of more dots than can be read the means alone.
    const panels = byBackend ? everyPanel : everyPanel.slice(0, MOST_PANELS);
    const meansAlone = state.kind === "ratio" && everyPanel.length * state.workloads.length * group.length > MOST_DOTS;
    const workloads = meansAlone ? [] : state.workloads;
    const name = byBackend ? (i) => data.columns[i].title : (i) => data.titles[i];
    const borrowed = (i) => state.kind === "ratio" && numbers.borrows(i, state.baseline) ? `, relative to ${numbers.baselineName(i, state.baseline)}` : "";
    const panelName = byBackend ? (i) => data.titles[i] : (i) => data.columns[i].title + borrowed(i);
    const at = (panel, one) => byBackend ? [one, panel] : [panel, one];
    const estimates = panels.map((panel) => workloads.map((workload) => group.map((one) => { const [column, backend] = at(panel, one); return state.kind === "ratio" && !numbers.compared(column, backend, state.baseline) ? null : estimateOf(state, column, workload, backend); })));
    const means = panels.map((panel) => group.map((one) => { const [column, backend] = at(panel, one); return state.kind === "ratio" && numbers.compared(column, backend, state.baseline) ? meanOf(state, column, backend) : null; }));
    const unprepared = means.map((row) => row.map((mean) => unpreparedOf(state, mean)));
    const all = [...estimates.flat(2), ...means.flat(), ...unprepared.flat()].filter(Boolean);
    if (!all.length) { holder.append("Nothing matches: clear a filter, or choose another baseline."); return; }
    const bounds = all.flatMap((e) => [e.value, e.low ?? e.value, e.high ?? e.value]);
    const isRatio = state.kind === "ratio";
    const reach = Math.max(Math.log(1.04), ...bounds.map((value) => Math.abs(Math.log(value)))) * 1.08;
    const low = isRatio ? Math.exp(-reach) : 0, high = isRatio ? Math.exp(reach) : Math.max(...bounds) * 1.06;
    const total = Math.max(300, holder.clientWidth || 960);
    const labels = [...workloads.map((w) => widthOf(data.workloads[w]) + 16), widthOf("geometric mean", true) + 16];
    if (isRatio) labels.push(...group.map((one) => widthOf(name(one)) + 34));
    const left = Math.min(Math.max(...labels), total * .4);
    const across = Math.max(1, Math.min(panels.length, byBackend ? 5 : 2, Math.floor((total - left) / (byBackend ? 150 : 220))));
    const gap = 22, width = (total - left - gap * (across - 1)) / across;
    const rowHeight = Math.max(19, group.length * 9 + 9);
    const meansTop = workloads.length * rowHeight + (isRatio ? 30 : 0);
    const body = meansTop + (isRatio ? group.length * 19 + 6 : 0);
    const block = 28 + body + 54, lines = Math.ceil(panels.length / across);
    const legendEntries = (group.length > 1 ? group : []).map((one) => ({ text: name(one), look: lookOf(one), hollow: false }));
    if (unprepared.flat().some(Boolean)) legendEntries.push({ text: "geometric mean without preparing", look: { colour: "var(--ink)", marker: "circle" }, hollow: true });
    let legendX = 8, legendLines = legendEntries.length ? 1 : 0;
    const places = legendEntries.map(({ text }) => {
      const needed = widthOf(text) + 36;
      if (legendX + needed > total && legendX > 8) { legendX = 8; legendLines++; }
      const place = [legendX, legendLines];
      legendX += needed;
      return place;
    });
    const top = legendLines * 22 + 6, height = top + lines * block;
    const svg = draw(holder, "svg", { viewBox: `0 0 ${total} ${height}`, width: total, height, role: "img", "aria-label": `Chart: ${metricName(state)}. The table below holds the same numbers.` });
    legendEntries.forEach(({ text, look, hollow }, i) => {
      const [x, line] = places[i], y = line * 22 - 8;
      marker(svg, x + 5, y, look, hollow, 5);
      draw(svg, "text", { x: x + 16, y: y + 4.5 }, text);
    });
    const scale = isRatio ? (value) => Math.log(value / low) / Math.log(high / low) * width : (value) => value / high * width;
    panels.forEach((panel, number) => {
      const x = left + (number % across) * (width + gap), y = top + Math.floor(number / across) * block + 28;
      draw(svg, "text", { x, y: y - 9, class: "bold" }, fitted(panelName(panel), width, true));
      workloads.forEach((workload, row) => {
        if (row % 2 === 0) draw(svg, "rect", { x, y: y + row * rowHeight, width, height: rowHeight, fill: "var(--band)" });
        if (number % across === 0) draw(svg, "text", { x: left - 10, y: y + (row + .5) * rowHeight + 4.5, "text-anchor": "end" }, fitted(data.workloads[workload], left - 14));
      });
      for (const tick of isRatio ? ratioTicks(low, high, width) : timeTicks(high, width)) {
        const at = x + scale(tick);
        draw(svg, "line", { x1: at, x2: at, y1: y, y2: y + body, stroke: "var(--grid)" });
        draw(svg, "text", { x: at, y: y + body + 17, "text-anchor": "middle" }, String(tick));
      }
      draw(svg, "line", { x1: x, x2: x + width, y1: y + body, y2: y + body, stroke: "var(--reference)" });
      if (isRatio) draw(svg, "line", { x1: x + scale(1), x2: x + scale(1), y1: y, y2: y + body, stroke: "var(--reference)", "stroke-width": 1.5 });
      const axisText = isRatio ? [`time relative to ${baselineName(state)}, log scale`, `time / ${baselineName(state)}`, ""] : state.kind === "time" ? [data.unit, ""] : ["instructions per VM instruction", ""];
      const sides = isRatio ? ["← faster", "slower →"] : [];
      sides.forEach((text, i) => draw(svg, "text", { x: x + i * width, y: y + body + 36, "text-anchor": i ? "end" : "start", class: "muted" }, text));
      const room = width - sum(sides.map((text) => widthOf(text) + 12));
      draw(svg, "text", { x: x + width / 2, y: y + body + 36, "text-anchor": "middle" }, axisText.find((text) => widthOf(text) <= room) ?? "");
      const put = (estimate, middle, one, size) => {
        const spot = draw(svg, "g", { class: "dot" }), look = lookOf(one);
        if (estimate.low !== null) draw(spot, "line", { x1: x + scale(estimate.low), x2: x + scale(estimate.high), y1: middle, y2: middle, stroke: look.colour, "stroke-width": 2 });
        draw(spot, "circle", { cx: x + scale(estimate.value), cy: middle, r: 10, fill: "transparent" });
        marker(spot, x + scale(estimate.value), middle, look, estimate.hollow || Boolean(estimate.unprepared), size);
        spot.dataset.dot = dots.length;
        dots.push({ spot, estimate, x: x + scale(estimate.value), y: middle });
      };
      workloads.forEach((_, row) => group.forEach((one, i) => {
        const estimate = estimates[number][row][i];
        if (estimate) put(estimate, y + (row + .5) * rowHeight + (i - (group.length - 1) / 2) * 9, one, 4);
      }));
      if (!isRatio) return;
      draw(svg, "line", { x1: x, x2: x + width, y1: y + meansTop - 26, y2: y + meansTop - 26, stroke: "var(--muted)" });
      if (number % across === 0) draw(svg, "text", { x: left - 10, y: y + meansTop - 8, "text-anchor": "end", class: "bold" }, "geometric mean");
      group.forEach((one, i) => {
        const middle = y + meansTop + (i + .5) * 19, mean = means[number][i];
        if (number % across === 0) {
          marker(svg, left - 14, middle, lookOf(one), false, 4);
          draw(svg, "text", { x: left - 26, y: middle + 4.5, "text-anchor": "end" }, fitted(name(one), left - 30));
        }
        if (!mean) {
          const [column, backend] = at(panel, one);
          draw(svg, "text", { x: x + width - 4, y: middle + 4.5, "text-anchor": "end", class: "muted" }, meanAbsence(column, backend));
          return;
        }
        const lowest = unprepared[number][i] ?? mean, faster = mean.value * lowest.value <= 1, text = width < 230 ? ratioText(mean.value) : estimateText(state, mean), room = widthOf(text);
        draw(svg, "rect", { class: "backing", x: faster ? x + width - room - 6 : x + 2, y: middle - 8, width: room + 4, height: 16 });
        draw(svg, "text", { x: faster ? x + width - 4 : x + 4, y: middle + 4.5, "text-anchor": faster ? "end" : "start" }, text);
        if (lowest !== mean) put(lowest, middle, one, 5);
        put(mean, middle, one, 5);
      });
    });
    const hints = [];
    if (panels.length < everyPanel.length) hints.push(`${panels.length} of ${everyPanel.length} shown: choose one under “Compiler and machine” to see another.`);
    if (meansAlone) hints.push("Geometric means alone: one compiler, or fewer backends, show every workload.");
    if (hints.length > 0) {
      const rest = document.createElement("p");
      rest.className = "help";
      rest.textContent = hints.join(" ");
      holder.prepend(rest);
    }
  }

  // ---- the numbers of a dot, by pointer or by arrow keys
  function describe(estimate) {
    const column = data.columns[estimate.column], backend = data.backends[estimate.backend];
    const sites = column.sites[estimate.backend];
    return [
      `${estimate.unprepared ? "geometric mean without preparing" : estimate.workload === null ? "geometric mean" : data.workloads[estimate.workload]}, ${backend}`,
      `${column.title}`,
      `${metricName(state, estimate.column)}: ${estimateText(state, estimate)}`,
      estimate.low === null ? "" : `95 % interval; ${estimate.samples} samples in ${estimate.processes} processes`,
      `technique: ${column.techniques[estimate.backend]}${sites === null ? "" : `; ${sites} indirect-jump site${sites === 1 ? "" : "s"}`}`,
      estimate.hollow ? "~ smaller than the spread of its code layouts" : "",
    ].filter(Boolean).join("\n");
  }
  function show(index, announce) {
    if (current >= 0 && dots[current]) dots[current].spot.classList.remove("current");
    current = index;
    const tip = element("tip");
    if (index < 0) { tip.hidden = true; return; }
    const { spot, estimate } = dots[index];
    spot.classList.add("current");
    tip.textContent = describe(estimate);
    tip.hidden = false;
    const box = spot.querySelector(".mark").getBoundingClientRect();
    const x = Math.max(4, Math.min(box.right + 10, document.documentElement.clientWidth - tip.offsetWidth - 8));
    const below = box.bottom + 8 + tip.offsetHeight < innerHeight;
    tip.style.left = `${x + scrollX}px`;
    tip.style.top = `${(below ? box.bottom + 8 : box.top - tip.offsetHeight - 8) + scrollY}px`;
    if (announce) element("announcement").textContent = tip.textContent.replaceAll("\n", "; ");
  }
  function listen(chart) {
    chart.addEventListener("pointerover", (event) => { const dot = event.target.closest(".dot"); show(dot ? Number(dot.dataset.dot) : -1, false); });
    chart.addEventListener("pointerleave", () => show(-1, false));
    chart.addEventListener("blur", () => show(-1, false));
    chart.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (event.key === "Escape") show(-1, false);
      if (!step || !dots.length) return;
      event.preventDefault();
      const next = current < 0 ? (step > 0 ? 0 : dots.length - 1) : (current + step + dots.length) % dots.length;
      dots[next].spot.scrollIntoView({ block: "nearest" });
      show(next, true);
    });
  }

  // ---- tables
  function sortable(table) {
    const headers = [...table.tHead.rows[0].cells];
    headers.forEach((header, index) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...header.childNodes);
      header.append(button);
      button.addEventListener("click", () => {
        const falling = header.getAttribute("aria-sort") === "ascending";
        headers.forEach((other) => other.removeAttribute("aria-sort"));
        header.setAttribute("aria-sort", falling ? "descending" : "ascending");
        const body = table.tBodies[0], rows = [...body.rows];
        const fixed = rows.filter((row) => row.classList.contains("sum"));
        const key = (row) => { const cell = row.cells[index]; return cell.dataset.value ?? cell.textContent; };
        const compare = (a, b) => {
          const [left, right] = [key(a), key(b)];
          if (left === "" || right === "") return (left === "") - (right === "");
          const difference = Number(left) - Number(right);
          return (Number.isNaN(difference) ? left.localeCompare(right, "en", { numeric: true }) : difference) * (falling ? -1 : 1);
        };
        body.append(...rows.filter((row) => !fixed.includes(row)).sort(compare), ...fixed);
      });
    });
  }
  function cell(row, tag, text, value) {
    const made = document.createElement(tag);
    made.textContent = text;
    if (tag === "th") made.scope = row.parentElement?.tagName === "THEAD" ? "col" : "row";
    if (value !== undefined) made.dataset.value = value;
    row.append(made);
  }
  function drawTables() {
    const holder = element("live-tables");
    holder.textContent = "";
    const compared = shownBackends(state);
    element("baseline-note").textContent = baselineNotes(state).join(" ");
    for (const column of shownColumns(state)) {
      const backends = compared.filter((backend) => state.kind !== "ratio" || numbers.compared(column, backend, state.baseline))
        .filter((backend) => state.workloads.some((workload) => estimateOf(state, column, workload, backend) || absence(column, workload, backend) !== undefined));
      if (!backends.length) continue;
      const title = `${data.columns[column].title}: ${metricName(state, column)}`;
      const region = document.createElement("div");
      region.className = "scroll"; region.tabIndex = 0;
      region.setAttribute("role", "region"); region.setAttribute("aria-label", title);
      const table = document.createElement("table");
      table.createCaption().textContent = title;
      const head = table.createTHead().insertRow();
      cell(head, "th", "workload");
      backends.forEach((backend) => cell(head, "th", data.backends[backend]));
      const body = table.createTBody();
      const add = (label, estimates, absence, isSum) => {
        const row = body.insertRow();
        if (isSum) row.className = "sum";
        cell(row, "th", label);
        estimates.forEach((estimate, i) => cell(row, "td", estimate ? estimateText(state, estimate) : absence(backends[i]), estimate ? estimate.value : ""));
      };
      state.workloads.forEach((workload) => add(data.workloads[workload], backends.map((backend) => estimateOf(state, column, workload, backend)), (backend) => absenceText(column, workload, backend)));
      if (state.kind === "ratio") add("geometric mean", backends.map((backend) => meanOf(state, column, backend)), (backend) => meanAbsence(column, backend), true);
      sortable(table);
      region.append(table);
      if (data.columns.length > MOST_OPEN_TABLES && shownColumns(state).length > 1) {
        const fold = document.createElement("details"), heading = document.createElement("summary");
        heading.textContent = title;
        fold.append(heading, region);
        holder.append(fold);
      } else holder.append(region);
    }
    if (!holder.childNodes.length) holder.append("Nothing matches: clear a filter, or choose another baseline.");
  }
  const benchmarks = element("benchmarks"), benchmarkRows = [...benchmarks.tBodies[0].rows];
  const benchmarkPlaces = [series, data.absent].flatMap((lists) => lists.column.map((column, i) => ({ column, workload: lists.workload[i], backend: lists.backend[i] })));
  let rowsBaseline = data.baseline;
  function updateBenchmarks() {
    const asRatio = { kind: "ratio", clock: data.clock, baseline: state.baseline };
    let shown = 0;
    benchmarkRows.forEach((row, i) => {
      const { column, workload, backend } = benchmarkPlaces[i];
      const visible = state.columns.includes(column) && state.workloads.includes(workload) && state.backends.includes(backend);
      row.hidden = !visible;
      shown += visible;
      if (rowsBaseline !== state.baseline) {
        const estimate = estimateOf(asRatio, column, workload, backend);
        row.cells[4].textContent = estimate ? estimateText(asRatio, { ...estimate, hollow: false }) : "";
        row.cells[4].dataset.value = estimate ? estimate.value : "";
      }
    });
    rowsBaseline = state.baseline;
    element("benchmarks-baseline").textContent = baselineName(state);
    element("benchmarks-count").textContent = `${shown} of ${benchmarkRows.length} shown`;
  }

  // ---- start
  const staticCaption = element("overview-caption")?.textContent, staticHeading = element("overview-heading").textContent;
  const capitalised = (text) => text.charAt(0).toUpperCase() + text.slice(1);
  function ratioCaption(isDefault) {
    if (isDefault || !staticCaption) return staticCaption;
    const { name, label } = data.baselines[state.baseline];
    const method = label === null ? data.methods.own : data.methods.single.replace("{baseline}", name);
    // The default baseline's notes go; those of the chosen one stand above the tables.
    const without = data.baseline_notes.reduce((text, note) => text.replace(` ${note}`, ""), staticCaption);
    return without.replace(data.method, method).replace(capitalised(data.clocks.cpu), capitalised(data.clocks[state.clock]));
  }
  function update() {
    state = readState();
    if (element("live-overview")) {
      drawChart();
      const isDefault = state.kind === "ratio" && state.clock === data.clock && state.baseline === data.baseline;
      element("overview-heading").textContent = isDefault ? staticHeading : metricName(state)[0].toUpperCase() + metricName(state).slice(1);
      element("overview-caption").textContent = state.kind === "ratio" ? ratioCaption(isDefault) : state.kind === "time" ? "Median of the process medians; 95 % percentile bootstrap interval over processes." : "Counted, not measured: counts don’t rank techniques.";
    }
    drawTables();
    updateBenchmarks();
    show(-1, false);
  }
  function setTheme() {
    const theme = element("theme").value;
    if (theme === "auto") delete document.documentElement.dataset.theme; else document.documentElement.dataset.theme = theme;
    try { localStorage.setItem("dispatchbench-theme", theme); } catch { /* a page opened from a file may lack storage */ }
  }
  try { const kept = localStorage.getItem("dispatchbench-theme"); if (["light", "dark"].includes(kept)) element("theme").value = kept; } catch { /* as above */ }
  setTheme();
  document.querySelectorAll(".needs-script").forEach((part) => { part.hidden = false; });
  ["static-overview", "static-tables"].forEach((id) => { if (element(id)) element(id).hidden = true; });
  const chart = element("live-overview");
  if (chart) {
    // The static chart has its caption in the picture; the live one has it as text.
    element("overview-caption").classList.remove("visually-hidden");
    chart.tabIndex = 0;
    chart.setAttribute("role", "group");
    chart.setAttribute("aria-label", "Chart; the arrow keys move from dot to dot");
    chart.setAttribute("aria-describedby", "live-help");
    listen(chart);
    let width = 0;
    new ResizeObserver(() => { const now = chart.clientWidth; if (now !== width) { const first = width === 0; width = now; if (!first) { drawChart(); show(-1, false); } } }).observe(chart);
  }
  sortable(benchmarks);
  ["metric", "baseline", "column"].forEach((id) => element(id).addEventListener("change", update));
  ["workload-filter", "backend-filter"].forEach((id) => element(id).addEventListener("input", update));
  element("theme").addEventListener("change", setTheme);
  element("controls").addEventListener("submit", (event) => event.preventDefault());
  element("download").addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(data)], { type: "application/json" }));
    link.download = "dispatchbench-report.json";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
  update();
}

if (typeof document !== "undefined") startPage(JSON.parse(document.getElementById("data").textContent));
