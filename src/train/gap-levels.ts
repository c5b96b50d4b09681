/**
 * How far apart sampling and training may be (AEPO-H1): where a run warns and where it stops. What is healthy depends on the engine:
 * one that computes both in float32 differs by rounding, a server that samples in bf16 by a thousand times as much.
 */
import { z } from "zod";

const level = z.number().positive().nullable();

export const maxLogprobGapSchema = z.union([
  level,
  z
    .strictObject({
      warn: level.optional().describe("Warn where one token in a hundred is further apart (null: never)."),
      stop: level.optional().describe("End the run where any token is further apart (null: never)."),
    })
    .refine(({ warn, stop }) => warn == null || stop == null || warn <= stop, {
      message: "a level to warn at that is above the level to stop at has no effect",
      path: ["warn"],
    }),
]);

export interface GapLevels {
  /** Of the 99th percentile. */
  readonly warn: number | null;
  /** Of the largest. */
  readonly stop: number | null;
}

export type Engine = "embedded" | "tinker";

/** Measured: a 135M model in float32 has up to 6e-5 between the furthest tokens, bf16 servers 1e-2 between many. */
const DEFAULTS: Readonly<Record<Engine, { readonly warn: number; readonly stop: number }>> = {
  embedded: { warn: 1e-5, stop: 1e-3 },
  tinker: { warn: 1e-2, stop: 1 },
};

/** What was set, and the engine's levels for the rest; a default level to warn at gives way to the one to stop at. */
export function gapLevels(given: z.output<typeof maxLogprobGapSchema> | undefined, engine: Engine): GapLevels {
  const defaults = DEFAULTS[engine];
  const { warn, stop = defaults.stop } =
    typeof given === "object" && given !== null ? given : { warn: undefined, stop: given };
  return { stop, warn: warn === undefined ? Math.min(defaults.warn, stop ?? defaults.warn) : warn };
}

/** Null: fine. Of a level that is set against the engine's own for the other. */
export function gapProblem(given: z.output<typeof maxLogprobGapSchema> | undefined, engine: Engine): string | null {
  const { warn, stop } = gapLevels(given, engine);
  if (warn === null || stop === null || warn <= stop) return null;
  return `warns at ${warn} and stops at ${stop} (the default of engine ${engine}) before that: set train.maxLogprobGap.stop, too`;
}

/** The levels of a run. */
export function levelsOf(config: {
  readonly policy: { readonly engine?: Engine | undefined };
  readonly train: { readonly maxLogprobGap?: z.output<typeof maxLogprobGapSchema> | undefined };
}): GapLevels {
  return gapLevels(config.train.maxLogprobGap, config.policy.engine ?? "embedded");
}
