import { expect, it } from "vitest";
import { z } from "zod";
import { gapLevels, gapProblem, maxLogprobGapSchema } from "./gap-levels.ts";

it("levels are the engine's, as far as nothing is set; a number alone is the one to stop at", () => {
  expect(gapLevels(undefined, "embedded")).toEqual({ warn: 1e-5, stop: 1e-3 });
  expect(gapLevels(undefined, "tinker")).toEqual({ warn: 1e-2, stop: 1 });
  expect(gapLevels(1e-6, "embedded")).toEqual({ warn: 1e-6, stop: 1e-6 });
  expect(gapLevels(null, "embedded")).toEqual({ warn: 1e-5, stop: null });
  expect(gapLevels({ warn: 0.1 }, "tinker")).toEqual({ warn: 0.1, stop: 1 });
  expect(gapLevels({ stop: null, warn: null }, "tinker")).toEqual({ warn: null, stop: null });
});

it("a level to warn at that is above the one to stop at is refused, set or by default", () => {
  const message = (value: unknown): string =>
    z.prettifyError(maxLogprobGapSchema.safeParse(value).error ?? new z.ZodError([]));
  expect(message({ warn: 2, stop: 1 })).toContain(
    "a level to warn at that is above the level to stop at has no effect",
  );
  expect(maxLogprobGapSchema.safeParse(-1).success).toBe(false);
  expect(gapProblem({ warn: 2 }, "tinker")).toContain("warns at 2 and stops at 1 (the default of engine tinker)");
  expect(gapProblem({ warn: 2, stop: 3 }, "tinker")).toBeNull();
  // What is written into a run's config.json is read back as it was.
  const levels = gapLevels(undefined, "tinker");
  expect(gapLevels(maxLogprobGapSchema.parse(levels), "tinker")).toEqual(levels);
});
