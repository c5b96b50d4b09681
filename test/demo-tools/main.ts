/**
 * `npm run demo:tools [-- NAME…]`: every tool does its work for real, here, and a table says what was tried and what came back.
 * The last line is JSON. Exits with 1 if a row failed or a name is unknown. A row whose binary is missing says skipped.
 */
import { readdirSync } from "node:fs";
import { padded } from "../../src/report/display-width.ts";
import { messageOf } from "../../src/std/errors.ts";
import type { DemoRow, ToolDemo } from "./tool-demo.ts";

const BACK_WIDTH = 72;
const MARKS = { passed: "ok", failed: "FAIL", skipped: "skipped" } as const;

const names = process.argv.slice(2);
const demos = await demosHere();
const unknown = names.filter((name) => demos.every((demo) => demo.name !== name));
if (unknown.length > 0) {
  console.error(`no demo of ${unknown.join(", ")}; there are: ${demos.map(({ name }) => name).join(", ")}`);
  process.exit(1);
}

const verdicts: DemoRow["verdict"][] = [];
const shown = demos.filter(({ name }) => names.length === 0 || names.includes(name));
for (const demo of shown) {
  const rows = await rowsOf(demo);
  verdicts.push(...rows.map(({ verdict }) => verdict));
  const width = Math.max(...rows.map(({ tried }) => tried.length));
  console.log(`\n${demo.name}`);
  for (const { tried, back, verdict } of rows) {
    console.log(`  ${padded(MARKS[verdict], 7)}  ${padded(tried, width)}  ${oneLine(back)}`);
  }
}
const count = (wanted: DemoRow["verdict"]): number => verdicts.filter((verdict) => verdict === wanted).length;
const failed = count("failed");
console.log(`\n${JSON.stringify({ tools: shown.length, passed: count("passed"), failed, skipped: count("skipped") })}`);
process.exit(failed > 0 ? 1 : 0);

/** What a demo throws is a failed row, and so is a demo without rows. */
async function rowsOf(demo: ToolDemo): Promise<readonly DemoRow[]> {
  try {
    const rows = await demo.rows();
    return rows.length > 0 ? rows : [{ tried: "anything", back: "the demo has no rows", verdict: "failed" }];
  } catch (thrown) {
    return [{ tried: "the demo itself", back: messageOf(thrown), verdict: "failed" }];
  }
}

async function demosHere(): Promise<ToolDemo[]> {
  const files = readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith(".ts"))
    .sort();
  const modules = await Promise.all(
    files
      .filter((file) => file !== "main.ts" && file !== "tool-demo.ts")
      .map(async (file) => (await import(`./${file}`)) as { readonly demo?: ToolDemo }),
  );
  // A file without a demo is a part of another one.
  return modules.flatMap(({ demo }) => demo ?? []);
}

/** The beginning; of a traceback the last line, which says what it is about. */
function oneLine(text: string): string {
  const shown = text.startsWith("Traceback ") ? (text.trim().split("\n").at(-1) ?? "") : text;
  const line = shown.replaceAll(/\s+/g, " ").trim();
  return line.length > BACK_WIDTH ? `${line.slice(0, BACK_WIDTH - 1)}…` : line;
}
