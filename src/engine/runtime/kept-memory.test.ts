import { describe, expect, it } from "vitest";
import { KeptMemory } from "./kept-memory.ts";

const LARGE = 32 * 2 ** 20;

/** Runs the programs in turn, moving the arena to whoever claims it; gives the holder after each run. */
function holders(runs: string, bytes = LARGE): string {
  const kept = new KeptMemory();
  return [...runs]
    .map((id) => {
      if (kept.claims(id, bytes) && kept.holder !== id) kept.moveTo(id);
      return kept.holder ?? ".";
    })
    .join("");
}

describe("the session that keeps its working memory", () => {
  it("is the one that runs for the third time", () => {
    expect(holders("aaaa")).toBe("..aa");
    expect(holders("abab a".replace(" ", ""))).toBe("....a");
  });

  it("stays the same while it runs now and then, and moves when another takes its place", () => {
    expect(holders("aaabbabbabb")).toBe("..aaaaaaaaa");
    expect(holders("aaabbbb")).toBe("..aaabb");
  });

  it("is none of the small ones, and none of the huge ones", () => {
    expect(holders("aaaaaa", 2 ** 20)).toBe("......");
    expect(holders("aaaaaa", 2 ** 27)).toBe("......");
  });
});
