import { describe, expect, it } from "vitest";
import { randomStream } from "../../std/random.ts";
import { atlasTask } from "./atlas.ts";
import { type AtlasOptions, carefulAtlas } from "./options.ts";

/** Demonstrations of the first questions of a split as flat text. */
function runs(options: AtlasOptions, count = 1000): { text: string; right: boolean; ambiguous: boolean }[] {
  const task = atlasTask(options);
  return Array.from({ length: count }, (_, index) => {
    const question = task.question("test", index);
    const parts = task.demonstrate?.(question, randomStream(5, index)).parts ?? [];
    const answer = `<answer> ${question.answers[0]} </answer>`;
    return {
      text: parts.map((part) => part.text).join(" "),
      right: parts.at(-1)?.text.endsWith(answer) ?? false,
      ambiguous: question.prompt.startsWith("<q> the"),
    };
  });
}
const never = { qualify: 0, notice: 0, open: 0, retry: 0, read: 1 };
const share = <T>(list: readonly T[], test: (one: T) => boolean): number => list.filter(test).length / list.length;

describe("the scripted agent", () => {
  it("is right whenever it is careful", () => {
    expect(share(runs({ demonstrations: carefulAtlas }), (run) => run.right)).toBe(1);
  });

  it("is right in 20 to 30 % of questions with the careless habits", () => {
    const right = share(runs({}, 4000), (run) => run.right);
    expect(right).toBeGreaterThan(0.2);
    expect(right).toBeLessThan(0.3);
  });

  it("opens, retries, qualifies and notices exactly as often as its habits say: never at 0", () => {
    for (const { text } of runs({ demonstrations: never })) {
      expect(text).not.toContain("<open>");
      expect(text).not.toContain("wrong ;");
      expect(text).not.toMatch(/timeout <\/result> <think> find/);
      expect(text).not.toMatch(/<search> \w+ \w+ \w+ <\/search>/);
    }
  });

  it("opens a second part at the rate of its habit", () => {
    // Where one hop is asked and nothing times out, a part without the fact is opened with probability 0.25.
    const hidden = runs({ hops: [1], timeoutRate: 0, ambiguity: 0 }, 2000).filter(
      (run) => run.text.includes("<open>") || !run.right,
    );
    // About 1,000 draws: standard deviation 0.014; 4 of them.
    expect(Math.abs(share(hidden, (run) => run.text.includes("<open>")) - 0.25)).toBeLessThan(0.056);
  });

  it("qualifies an ambiguous name, or notices the wrong page, at the rates of its habits", () => {
    const options = { hops: [1], timeoutRate: 0, ambiguity: 0.9 };
    const asked = runs({ ...options, demonstrations: { ...carefulAtlas, qualify: 0.4, notice: 0 } }, 2000).filter(
      (run) => run.ambiguous,
    );
    expect(
      Math.abs(share(asked, (run) => /^<think> \S+ \S+ <\/think> <search> \w+ \w+ \w+ /.test(run.text)) - 0.4),
    ).toBeLessThan(0.07);
    const noticed = runs({ ...options, demonstrations: { ...carefulAtlas, qualify: 0, notice: 1 } }).filter(
      (run) => run.ambiguous,
    );
    expect(share(noticed, (run) => run.right)).toBe(1);
    // The first of two namesakes is the right one half the time.
    expect(Math.abs(share(noticed, (run) => run.text.includes("wrong ;")) - 0.5)).toBeLessThan(0.1);
  });

  it("takes another value when it misreads, and gives up with the name it looked up when there is no page", () => {
    const misread = runs(
      { hops: [1], timeoutRate: 0, ambiguity: 0, demonstrations: { ...carefulAtlas, read: 0 } },
      200,
    );
    // Another relation's value may happen to be the same one.
    expect(share(misread, (run) => run.right)).toBeLessThan(0.1);
    const lost = runs({ timeoutRate: 0.5, hops: [1], demonstrations: never, calls: 20, tokens: 600 }, 200).filter(
      (run) => run.text.includes("timeout"),
    );
    expect(lost.length).toBeGreaterThan(50);
    for (const { text } of lost) {
      expect(text).toMatch(
        /<search> (\S+ \S+) <\/search> <result> timeout <\/result> <think> (\S+) missing ; done <\/think> <answer> \1 <\/answer>$/,
      );
    }
  });
});
