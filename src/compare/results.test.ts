import { describe, expect, it } from "vitest";
import { renderComparison } from "./html.ts";
import { renderMarkdown } from "./markdown.ts";
import { summariseCells } from "./results.ts";
import { sampleCells, sampleComparison } from "./testing/sample-comparison.ts";

const comparison = sampleComparison(["aepo", "grpo", "twin"], 5);
const chances: Readonly<Record<string, number>> = { aepo: 0.75, grpo: 0.35, twin: 0.75 };
const cells = sampleCells(comparison, { chance: (method) => chances[method] ?? 0 });
const results = summariseCells({ comparison, cells, failures: [] });

function compared(metric: string, method: string) {
  const found = results.comparisons.find((entry) => entry.metric === metric && entry.method === method);
  if (found === undefined) throw new Error(`${metric} of ${method} was not compared`);
  return found;
}

describe("what is said of methods", () => {
  it("a large difference is shown, none between equals", () => {
    expect(compared("Pass@1, T = 1", "grpo")).toMatchObject({ base: "aepo", seeds: 5, shown: "lower" });
    expect(compared("Pass@1, T = 1", "grpo").difference).toBeCloseTo(-0.4, 1);
    expect(results.comparisons.filter(({ method, shown }) => method === "twin" && shown !== null)).toEqual([]);
  });

  it("nothing is shown where the corrected interval holds 0, and the interval grows with the correction", () => {
    for (const { interval, corrected, shown } of results.comparisons) {
      if (interval === null || corrected === null) continue;
      expect(shown !== null).toBe(corrected.low > 0 || corrected.high < 0);
      expect(corrected.low).toBeLessThanOrEqual(interval.low);
      expect(corrected.high).toBeGreaterThanOrEqual(interval.high);
      expect(shown !== null).toBe(corrected.p <= 0.05);
    }
  });

  it("a family is all methods and figures of it; greedy has one sample and no Pass@5", () => {
    const families = results.comparisons.map(({ family, metric }) => `${family}: ${metric}`);
    expect(families.filter((name) => name.startsWith("held-out"))).toHaveLength(2 * 5);
    expect(new Set(families)).not.toContain("held-out: Pass@5, greedy");
    expect(families.filter((name) => name.startsWith("primary figures"))).toHaveLength(2 * 8);
  });

  it("all pairs are compared when that is asked for", () => {
    const all = summariseCells({ comparison: { ...comparison, pairs: "all" }, cells, failures: [] });
    const pairs = new Set(all.comparisons.map(({ base, method }) => `${method} − ${base}`));
    expect([...pairs]).toEqual(["grpo − aepo", "twin − aepo", "twin − grpo"]);
  });

  it("of an unfinished comparison the seeds that both have are compared", () => {
    const failures = [{ method: "grpo", seed: 5, why: "the disk was full" }];
    const left = cells.filter(({ method, seed }) => method === "aepo" || seed < 5);
    const partial = summariseCells({ comparison, cells: left, failures });
    expect(partial.missing).toEqual([...failures, { method: "twin", seed: 5, why: null }]);
    expect([partial.complete, partial.comparisons[0]?.seeds]).toEqual([false, 4]);
    expect(renderComparison(partial, "atlas")).toContain("the disk was full");
    expect(renderMarkdown(partial)).toContain("2 of 15 runs are missing");
  });

  it("seeds that differ by exactly the same show nothing: counts do, by chance", () => {
    const shifted = cells.map((cell) =>
      cell.method === "grpo" ? { ...cell, figures: { ...cell.figures, distinctAnswers: 1.5 } } : cell,
    );
    const same = summariseCells({ comparison, cells: shifted, failures: [] });
    const found = same.comparisons.find(({ metric, method }) => metric === "distinctAnswers" && method === "grpo");
    expect(found).toMatchObject({ seeds: 5, interval: null, p: null, corrected: null, shown: null });
    expect(found?.difference).not.toBe(0);
    expect(renderMarkdown(same)).toContain("no difference shown (exactly the same in all seeds)");
  });

  it("a method that passed the budget by much is named", () => {
    const spent = { rollouts: 0, tokens: 250_000, calls: 0 };
    const over = cells.map((cell) => (cell.method === "grpo" ? { ...cell, spent } : cell));
    const said = renderMarkdown(summariseCells({ comparison, cells: over, failures: [] }));
    expect(said).toContain("The last step passed the budget on average: grpo by 25 %.");
    expect(renderMarkdown(results)).not.toContain("passed the budget");
  });

  it("one seed shows nothing", () => {
    const single = { ...comparison, seeds: [1] as [number] };
    const one = summariseCells({ comparison: single, cells: cells.filter(({ seed }) => seed === 1), failures: [] });
    expect(one.comparisons.filter(({ shown }) => shown !== null)).toEqual([]);
    expect(renderMarkdown(one)).toContain("no difference shown (one seed)");
  });
});

describe("the report", () => {
  const HOSTILE = `</script><img src=x onerror=alert(1)>"'&|\u001b[31m\u202e`;

  it("has no figure that is none, in any state", () => {
    const empty = summariseCells({ comparison, cells: [], failures: [] });
    for (const page of [renderComparison(results, "atlas"), renderComparison(empty, "atlas")]) {
      const shown = page.replace(/<script>[^]*?<\/script>/, "");
      expect(/.{0,60}(?:NaN|undefined|Infinity).{0,20}/.exec(shown)?.[0] ?? null).toBe(null);
    }
    expect(renderMarkdown(empty)).not.toMatch(/NaN|undefined|Infinity/);
  });

  it("is one file, in which what was read is text", () => {
    const why = [{ method: "grpo", seed: 1, why: HOSTILE }];
    const page = renderComparison(summariseCells({ comparison, cells: [], failures: why }), HOSTILE);
    expect(page).not.toContain("<img");
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).not.toMatch(/(?:src|href)="(?!#)/);
    // oxlint-disable-next-line no-control-regex -- they are what must not be there
    expect(page).not.toMatch(/[\u001b\u202e]/);
  });

  it("draws up to four methods together, more of them beside the first", () => {
    const many = sampleComparison(["aepo", "grpo", "arpo", "dapo", "gppo"], 2);
    const page = renderComparison(
      summariseCells({ comparison: many, cells: sampleCells(many, { chance: () => 0.5 }), failures: [] }),
      "atlas",
    );
    expect(page).toContain("Reward: gppo");
    expect(renderComparison(results, "atlas")).not.toContain("Reward: grpo");
  });
});
