/** Two evaluations side by side, for the terminal. Pure. */
import type { EvaluationComparison, FigureComparison } from "../../eval/compare-evaluations.ts";
import { count, fixed, signed } from "../figure-format.ts";
import { visibleLine } from "../visible.ts";
import { points } from "./share-format.ts";

export function comparisonText({ a, b, suites }: EvaluationComparison): string {
  return [
    `A  ${visibleLine(a.model)} (${visibleLine(a.policy)})`,
    `B  ${visibleLine(b.model)} (${visibleLine(b.policy)})`,
    ...suites.flatMap(({ title, metric, leftOut, figures }) => [
      "",
      `${title} (${metric})`,
      ...(figures.length === 0 ? ["  no question that both could judge"] : figures.map(line)),
      ...(leftOut === 0 ? [] : [`  ${count(leftOut)} questions left out: A or B has no judged attempt at them`]),
    ]),
    "",
    "B − A in points over the same questions: 95 % interval by paired bootstrap, p by a two-sided sign-flip test.",
  ].join("\n");
}

function line({ name, a, b, questions, difference, p, exact }: FigureComparison): string {
  const { value, low, high } = difference;
  const range = `${signed(value * 100, 1)} (${signed(low * 100, 1)} to ${signed(high * 100, 1)})`;
  return `  ${name.padEnd(8)}A ${points(a)}  B ${points(b)}  B − A ${range}, p = ${fixed(p, 4)}${exact ? " (exact)" : ""}, ${count(questions)} questions`;
}
