/** What one method with one seed came to: `result.json`. Everything but what is under `seconds` is the same bytes when it is run again. */
import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { withFileErrors } from "../run/failures.ts";
import type { StepRecord } from "../run/records.ts";
import { AepoError } from "../std/errors.ts";
import { BUDGET_UNITS, type TrainingBudget } from "../train/budget.ts";
import { curveRows, figureRows } from "./figures.ts";

const values = z.array(z.number().nullable());

export const cellResultSchema = z.strictObject({
  format: z.literal("aepo-cell-1"),
  method: z.string(),
  seed: z.int(),
  steps: z.int(),
  /** Why training ended before the budget was reached, or null. */
  ended: z.string().nullable(),
  /** Over the whole run, also what a rollback undid. */
  spent: z.strictObject({ rollouts: z.int(), tokens: z.int(), calls: z.int() }),
  evaluations: z.array(
    z.strictObject({
      temperature: z.number(),
      samples: z.int(),
      /** Right samples of each held-out question, in their order. */
      correct: z.array(z.int()),
      formatShare: z.number(),
      rewardMean: z.number(),
    }),
  ),
  figures: z.record(z.string(), z.number().nullable()),
  /** One entry a step in every list: what it spent of the budget's unit, and the curves. */
  curves: z.strictObject({ spent: z.array(z.number()), values: z.record(z.string(), values) }),
  warnings: z.array(z.string()),
  seconds: z.strictObject({ training: z.number(), evaluation: z.number() }),
});
export type CellResult = z.output<typeof cellResultSchema>;

export function readResult(path: string): CellResult | null {
  if (!existsSync(path)) return null;
  const parsed = cellResultSchema.safeParse(JSON.parse(withFileErrors("read", path, () => readFileSync(path, "utf8"))));
  if (parsed.success) return parsed.data;
  throw new AepoError("run", `${path} is not a result of this program`, {
    exists: z.prettifyError(parsed.error),
    fix: "remove it: aepo compare --resume makes it again from the run beside it",
  });
}

export function figuresOf(steps: readonly StepRecord[]): CellResult["figures"] {
  return Object.fromEntries(figureRows.map(({ id, of }) => [id, rounded(of(steps))]));
}

export function curvesOf(steps: readonly StepRecord[], { unit }: TrainingBudget): CellResult["curves"] {
  return {
    spent: steps.map((step) => spending[unit](step)),
    values: Object.fromEntries(curveRows.map(({ id, of }) => [id, steps.map((step) => rounded(of(step)))])),
  };
}

const spending: Readonly<Record<(typeof BUDGET_UNITS)[number], (step: StepRecord) => number>> = {
  rollouts: ({ figures }) => Object.values(figures.ledger.ends).reduce((sum, paths) => sum + paths, 0),
  tokens: ({ figures }) => figures.ledger.generated,
  calls: ({ figures }) => figures.ledger.toolCalls,
};

const DIGITS = 9;

function rounded(value: number | null | undefined): number | null {
  return value === null || value === undefined || !Number.isFinite(value) ? null : Number(value.toPrecision(DIGITS));
}
