import { describe, expect, it } from "vitest";
import { randomStream } from "../../std/random.ts";
import { atlasTask, carefulAtlas } from "./atlas.ts";
import { copyProbes } from "./probes.ts";

describe("probes of copying", () => {
  it("are the turns that read a fact of the page before them; guesses are none", () => {
    const parts = [
      "<think> find ceo </think> <search> Bar Corbo </search>",
      "<result> Bar Corbo : hq Tel Abli ceo Sos Ilra more </result>",
      "<think> ceo is Sos Ilra ; find instrument </think> <search> Sos Ilra </search>",
      "<result> Sos Ilra : mentor Pel Jormo employer Pos Halli more </result>",
      "<think> instrument is Pel Jormo ; done </think> <answer> Pel Jormo </answer>",
    ].map((text, index) => ({ by: index % 2 === 0 ? ("policy" as const) : ("tool" as const), text }));
    const first = parts.slice(0, 2).map((part) => part.text);
    expect(copyProbes("<q> ? </q>", { parts })).toEqual([
      { prefix: `<q> ? </q> ${first.join(" ")} <think> ceo is`, expected: "Sos Ilra" },
    ]);
  });

  it("a careful run has one a hop, the last of them the answer", () => {
    const task = atlasTask({ demonstrations: carefulAtlas });
    for (let index = 0; index < 100; index++) {
      const question = task.question("test", index);
      const probes = task.probes?.(question, randomStream(0, index)) ?? [];
      expect(probes.length).toBe(question.data.relations.length);
      expect(probes.at(-1)?.expected).toBe(question.answers[0]);
    }
  });
});
