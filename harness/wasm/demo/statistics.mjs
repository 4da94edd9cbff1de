// What the rounds say: geometric means of ratios, with intervals. Defined as in the reports (reports/dispatchbench_reports/estimates.py),
// with rounds in the place of processes.

/** Two-sided 95 % quantiles of Student's t for 1, 2, ... degrees of freedom: scipy.stats.t.ppf(0.975, n). */
const QUANTILES = [
  12.706204736, 4.3026527299, 3.1824463053, 2.7764451052, 2.5705818366, 2.4469118488, 2.364624251, 2.306004135, 2.2621571627, 2.228138852,
  2.2009851601, 2.1788128297, 2.1603686565, 2.1447866879, 2.1314495456, 2.1199052992, 2.1098155778, 2.1009220402, 2.0930240544, 2.0859634473,
  2.0796138447, 2.0738730679, 2.0686576104, 2.0638985616, 2.0595385528, 2.0555294386, 2.0518305165, 2.0484071418, 2.0452296421, 2.0422724563,
];

const sum = (values) => values.reduce((total, value) => total + value, 0);

/** exp of the mean of logs, with a 95 % Student-t interval: null for a single one. Beyond 31 it is a little too wide. */
export function intervalOfLogs(logs) {
  const mean = sum(logs) / logs.length;
  if (logs.length < 2) return { value: Math.exp(mean), low: null, high: null };
  const deviation = Math.sqrt(sum(logs.map((log) => (log - mean) ** 2)) / (logs.length - 1));
  const reach = (QUANTILES[Math.min(logs.length - 1, QUANTILES.length) - 1] * deviation) / Math.sqrt(logs.length);
  return { value: Math.exp(mean), low: Math.exp(mean - reach), high: Math.exp(mean + reach) };
}

/**
 * How many times as long as a baseline a variant takes, by geometric mean over programs. `rounds` are what Measurement.round gives; in
 * each, a program's two times are compared with each other.
 */
export function ratio(rounds, variant, baseline) {
  return intervalOfLogs(rounds.map((times) => sum(times[variant].map((time, i) => Math.log(time / times[baseline][i]))) / times[variant].length));
}

/** The same for one program alone, by its place. */
export function ratioOfProgram(rounds, variant, baseline, place) {
  return intervalOfLogs(rounds.map((times) => Math.log(times[variant][place] / times[baseline][place])));
}

/** Nanoseconds of a run of one program: the geometric mean over the rounds. */
export function timeOfProgram(rounds, variant, place) {
  return Math.exp(sum(rounds.map((times) => Math.log(times[variant][place]))) / rounds.length);
}
