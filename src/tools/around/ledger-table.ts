/** What the tools did, as a table of text. */
import { addLedgers, type LedgerFigures, noFigures, type ToolFigures } from "./ledger.ts";
import { percentile } from "./latencies.ts";

const HEAD = ["tool", "calls", "ok", "failed", "retries", "cached", "replayed", "p50", "p95", "max", "cost", "cut"];

/** A row a tool, all of them together in the last where there are several; what failed, by kind, in words. Latencies in milliseconds. */
export function ledgerTable(figures: LedgerFigures): string {
  const tools = Object.entries(figures);
  const all = tools.reduce((sum, [, one]) => addLedgers(sum, { all: one }), { all: noFigures } as LedgerFigures);
  const rows = [
    HEAD,
    ...[...tools, ...(tools.length > 1 ? Object.entries(all) : [])].map(([name, of]) => row(name, of)),
  ];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  ");
  return [...rows.map(line), ...tools.flatMap(([name, of]) => failures(name, of))].join("\n");
}

function row(name: string, figures: ToolFigures): string[] {
  const { calls, ok, retries, cached, replayed, cost, tokensCut, latencies } = figures;
  return [
    name,
    ...[calls, ok, calls - ok, retries, cached, replayed].map(String),
    ms(percentile(latencies, 0.5)),
    ms(percentile(latencies, 0.95)),
    ms(latencies.count === 0 ? null : latencies.maxMs),
    String(Number(cost.toPrecision(6))),
    String(tokensCut),
  ];
}

function ms(value: number | null): string {
  if (value === null) return "–";
  return value >= 100 || value === 0 ? String(Math.round(value)) : value.toPrecision(3);
}

function failures(name: string, { failed }: ToolFigures): string[] {
  const kinds = Object.entries(failed).map(([kind, calls]) => `${calls} ${kind}`);
  return kinds.length === 0 ? [] : [`${name} failed: ${kinds.join(", ")}`];
}
