import { describe, expect, it } from "vitest";
import { z } from "zod";
import { aroundOptionsSchema } from "./options.ts";

function problems(options: unknown): string[] {
  const parsed = aroundOptionsSchema.safeParse(options);
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

describe("options around tools", () => {
  it("nothing asked for is nothing there; what is asked for has defaults", () => {
    expect(aroundOptionsSchema.parse({})).toEqual({});
    expect(aroundOptionsSchema.parse({ retry: {}, cache: {}, rate: { calls: 5 }, truncate: { tokens: 512 } })).toEqual({
      retry: { tries: 3, firstDelayMs: 500, maxDelayMs: 30_000 },
      cache: { entries: 100_000, mebibytes: 256 },
      rate: { calls: 5, perMs: 1000 },
      truncate: { tokens: 512, tail: 0 },
    });
  });

  it.each([
    [
      { budget: { run: { cost: 5 } } },
      "budget.run.cost: a budget of cost limits nothing where calls cost nothing: give price, what one call costs",
    ],
    [
      { price: 0, budget: { path: { cost: 5 } } },
      "budget.path.cost: a budget of cost limits nothing where calls cost nothing: give price, what one call costs",
    ],
    [{ budget: {} }, "budget: an empty budget limits nothing: give path or run, or leave it out"],
    [
      { budget: { run: {} } },
      "budget.run: an empty budget limits nothing: give calls, seconds or cost, or leave it out",
    ],
    [
      { retry: { firstDelayMs: 900, maxDelayMs: 100 } },
      "retry.firstDelayMs: firstDelayMs is longer than the longest pause, maxDelayMs",
    ],
    [{ retry: { tries: 1 } }, "retry.tries: Too small: expected number to be >=2"],
    [{ timeoutMs: 2 ** 31 }, "timeoutMs: Too big: expected number to be <=2147483647"],
    [{ timeout: 5 }, ': Unrecognized key: "timeout"'],
  ])("%j is an error that says what to do", (options, problem) => {
    expect(problems(options)).toEqual([problem]);
  });

  it("every field says what it is", () => {
    const silent: string[] = [];
    const walk = (schema: unknown, path: string): void => {
      const { properties = {} } = schema as { properties?: Record<string, { description?: string }> };
      for (const [name, field] of Object.entries(properties)) {
        if (field.description === undefined) silent.push(`${path}${name}`);
        walk(field, `${path}${name}.`);
      }
    };
    walk(z.toJSONSchema(aroundOptionsSchema, { io: "input" }), "");
    expect(silent).toEqual([]);
  });
});
