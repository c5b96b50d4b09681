/** `compare.md`: the comparison as Markdown tables. Pure. */
import { figureRows } from "./figures.ts";
import { findHeldOut, heldOutMetrics, metricName, type Results } from "./results.ts";
import {
  differenceWords,
  estimateWords,
  figureName,
  figureWords,
  findingWords,
  METHOD_NOTE,
  missingWords,
  overspentWords,
  pWords,
  secondsWords,
  setupWords,
  verdictWords,
} from "./words.ts";

export function renderMarkdown(results: Results): string {
  return [
    "# Comparison",
    "",
    setupWords(results),
    findingWords(results),
    ...[overspentWords(results), missingWords(results)].filter((text) => text !== ""),
    "",
    "## Held out",
    "",
    ...heldOutTable(results),
    "",
    "## Differences",
    "",
    ...differenceTable(results),
    "",
    METHOD_NOTE,
    "",
    "## Figures",
    "",
    ...figureTable(results),
    "",
    "Mean ± deviation over seeds. –: nothing to measure.",
    "",
    "## Settings that differ",
    "",
    ...settingsTable(results),
    "",
  ].join("\n");
}

export function heldOutTable({ settings, methods }: Results): string[] {
  const metrics = heldOutMetrics(settings);
  return table(
    ["method", "seeds", ...metrics.map(metricName)],
    methods.map((method) => [
      method.name,
      String(method.seeds.length),
      ...metrics.map((metric) => estimateWords(findHeldOut(method, metric))),
    ]),
  );
}

function differenceTable({ comparisons }: Results): string[] {
  return table(
    ["figure", "method", "minus", "difference", "p", "Holm", ""],
    comparisons.map((entry) => [
      figureName(entry.metric),
      entry.method,
      entry.base,
      differenceWords(entry),
      pWords(entry.p),
      pWords(entry.corrected?.p),
      verdictWords(entry),
    ]),
  );
}

function figureTable({ methods }: Results): string[] {
  return table(
    ["figure", ...methods.map(({ name }) => name)],
    [
      ...figureRows.map(({ id, name }) => [name, ...methods.map((method) => figureWords(method, id))]),
      ["training + evaluation, all seeds", ...methods.map(secondsWords)],
    ],
  );
}

function settingsTable({ differing, methods }: Results): string[] {
  return table(
    ["setting", ...methods.map(({ name }) => name)],
    differing.map(({ field, values }) => [field, ...values]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)];
}

/** A name or a value cannot end its cell, nor be markup. */
function cell(text: string): string {
  return text.replace(/[\\|<>`*_[\]]/g, "\\$&").replaceAll("\n", " ");
}
