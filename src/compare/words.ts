/** What the report, the Markdown table and the terminal say in the same words. */
import { compact, count, duration, fixed, percent, signed } from "../report/figure-format.ts";
import { mean } from "./estimate.ts";
import { figureRows } from "./figures.ts";
import type { Compared, MethodResults, Results } from "./results.ts";

export const NOT_SHOWN = "no difference shown";

/** "−0.12 (−0.21 to −0.03)". */
export function differenceWords({ metric, difference, corrected }: Compared): string {
  if (difference === null) return "–";
  const format = figureRows.find(({ id }) => id === metric)?.format;
  const sign = (value: number): string =>
    format === undefined ? signed(value) : `${value > 0 ? "+" : ""}${format(value)}`;
  if (corrected === null) return sign(difference);
  const { low, high } = corrected;
  // Means of equal sums taken in another order differ by their rounding.
  const isRounding = Math.abs(difference) < 1e-6 * (high - low);
  return `${sign(isRounding ? 0 : difference)} (${sign(low)} to ${sign(high)})`;
}

export function verdictWords({ shown, difference, corrected, seeds }: Compared): string {
  if (difference === null) return "nothing to measure in one of them";
  if (corrected === null) return `${NOT_SHOWN} (${seeds === 1 ? "one seed" : "exactly the same in all seeds"})`;
  return shown ?? NOT_SHOWN;
}

export function pWords(p: number | null | undefined): string {
  if (p === null || p === undefined) return "–";
  return p < 0.001 ? "< 0.001" : fixed(p, 3);
}

export function figureName(metric: string): string {
  return figureRows.find(({ id }) => id === metric)?.name ?? metric;
}

export function estimateWords(found: MethodResults["heldOut"][number] | undefined): string {
  if (found === undefined) return "–";
  const { value, interval } = found;
  return interval === null ? fixed(value) : `${fixed(value)} (${fixed(interval.low)} to ${fixed(interval.high)})`;
}

/** "0.12 ± 0.03". */
export function figureWords(results: MethodResults, id: string): string {
  const [found, format] = [results.figures[id] ?? null, figureRows.find((row) => row.id === id)?.format ?? compact];
  if (found === null) return "–";
  return found.deviation === null ? format(found.mean) : `${format(found.mean)} ± ${format(found.deviation)}`;
}

/** One sentence on what was compared. */
export function setupWords({ settings, methods }: Results): string {
  const { budget, questions, samples, seeds } = settings;
  return `${methods.length} methods × ${seeds.length} ${seeds.length === 1 ? "seed" : "seeds"}, ${count(budget.amount)} ${budget.unit === "calls" ? "tool calls" : budget.unit} of training each; ${count(questions)} held-out questions × ${count(samples)}.`;
}

/** One sentence on what was found. */
export function findingWords({ comparisons }: Results): string {
  const shown = comparisons.filter(({ shown }) => shown !== null);
  const of = (family: Compared["family"]): string => {
    const all = comparisons.filter((entry) => entry.family === family && entry.difference !== null);
    return `${shown.filter((entry) => entry.family === family).length} of ${all.length}`;
  };
  return `Differences shown: held out ${of("held-out")}, primary figures ${of("primary figures")}.`;
}

export function missingWords({ missing, settings, methods }: Results): string {
  if (missing.length === 0) return "";
  const all = settings.seeds.length * methods.length;
  return `Not complete: ${missing.length} of ${all} runs are missing; a difference is of the seeds that both methods have.`;
}

/** A step that draws more (B-DAPO) can pass the budget by much; a method that did has an advantage. */
export function overspentWords({ cells, methods, settings }: Results): string {
  const { unit, amount } = settings.budget;
  const over = methods.flatMap(({ name }) => {
    const spent = cells.filter(({ method }) => method === name).map((cell) => cell.spent[unit]);
    const share = spent.length === 0 ? 0 : mean(spent) / amount - 1;
    return share > WORTH_SAYING ? [`${name} by ${percent(share)}`] : [];
  });
  return over.length === 0 ? "" : `The last step passed the budget on average: ${over.join(", ")}.`;
}

const WORTH_SAYING = 0.05;

export function secondsWords({ seconds }: MethodResults): string {
  return `${duration(seconds.training)} + ${duration(seconds.evaluation)}`;
}

export const METHOD_NOTE =
  "Intervals are 95 %, of Student’s t with seeds − 1 degrees of freedom; their error is that of resampling seeds and questions. Differences are paired over both; intervals and p-values of differences have Holm’s correction over their family. Where the interval holds 0 no difference is shown, which does not mean that there is none.";
