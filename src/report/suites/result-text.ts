/** The result of an evaluation for the terminal, and as Markdown. Pure. */
import type { EvaluationResult } from "../../eval/result.ts";
import { compact, count } from "../figure-format.ts";
import { displayWidth, padded } from "../display-width.ts";
import { visibleLine } from "../visible.ts";
import { paperNotes, paperTable } from "./paper-table.ts";
import { effortTable, errorTable, notesOf, scoreTable, type Table } from "./result-tables.ts";

export function resultText(result: EvaluationResult): string {
  return [
    headline(result),
    "",
    ...[scoreTable(result), effortTable(result), errorTable(result)].flatMap((table) => [...columns(table), ""]),
    ...notesOf(result),
  ].join("\n");
}

export function headline({ settings }: EvaluationResult): string {
  const { model, policy, samples, temperature, shaping, seed, tools } = settings;
  const sampling = [`temperature ${compact(temperature)}`, ...(shaping === "" ? [] : [shaping])].join(", ");
  const with_ = tools.length === 0 ? "without tools" : `with ${tools.join(", ")}`;
  return `${visibleLine(model)} (${visibleLine(policy)}), ${with_}: ${count(samples)} attempts a question at ${sampling}, seed ${seed}`;
}

function columns({ head, rows }: Table): string[] {
  const lines = [head, ...rows];
  const widths = head.map((_, at) => Math.max(...lines.map((line) => displayWidth(visibleLine(line[at] ?? "")))));
  return lines.map((line) =>
    line
      .map((cell, at) => padded(visibleLine(cell), widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

export function resultMarkdown(result: EvaluationResult): string {
  return [
    `# Evaluation`,
    "",
    escaped(headline(result)),
    "",
    ...section("Results, per cent", scoreTable(result)),
    ...section("What an attempt took, means", effortTable(result)),
    ...section("What went wrong, attempts", errorTable(result)),
    ...notesOf(result).map((note) => `- ${escaped(note)}`),
    "",
    ...section("Beside the paper, per cent", paperTable(result.suites)),
    ...paperNotes().map((note) => `- ${escaped(note)}`),
    "",
  ].join("\n");
}

function section(title: string, table: Table): string[] {
  return [`## ${title}`, "", ...tableMarkdown(table), ""];
}

export function tableMarkdown({ head, rows }: Table): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), line(head.map((_, at) => (at === 0 ? "---" : "---:"))), ...rows.map(line)];
}

function cell(text: string): string {
  // Levels are indented.
  return text.startsWith("  ") ? `– ${escaped(text.trim())}` : escaped(text);
}

/** Names of data and models hold anything. */
function escaped(text: string): string {
  return visibleLine(text).replace(/[\\`*_[\]<>|#]/g, (sign) => `\\${sign}`);
}
