import { describe, expect, it } from "vitest";
import { wordsOf } from "../words.ts";
import { type AtlasOptions, atlasSettings } from "./options.ts";
import { atlasQuestions } from "./questions.ts";
import { makeWeb } from "./web.ts";
import { cachedWorlds } from "./worlds.ts";

function source(options: AtlasOptions = {}) {
  const settings = atlasSettings(options);
  const worlds = cachedWorlds(settings);
  return { draw: atlasQuestions(settings, worlds, makeWeb(settings, worlds)), worlds };
}

describe("questions of atlas", () => {
  const { draw, worlds } = source();
  const sample = Array.from({ length: 2000 }, (_, index) => draw("test", index));

  it("have 1, 2 and 3 hops in 1 : 2 : 2", () => {
    const share = (hops: number) => sample.filter(({ data }) => data?.relations.length === hops).length / sample.length;
    // 2,000 draws: standard deviation at most 0.011; 4 of them. Redrawing removes few, mostly long ones.
    expect(Math.abs(share(1) - 0.2)).toBeLessThan(0.045);
    expect(Math.abs(share(2) - 0.4)).toBeLessThan(0.045);
    expect(Math.abs(share(3) - 0.4)).toBeLessThan(0.045);
  });

  it("need the second part of a page for half of their facts, and end where the walk ends", () => {
    const world = worlds("test", 0);
    let facts = 0;
    let behind = 0;
    for (const { data, answers } of sample) {
      let at = data?.start ?? 0;
      let value = "";
      for (const relation of data?.relations ?? []) {
        const place = world.entities[at]?.facts.findIndex((fact) => fact.relation === relation) ?? -1;
        const fact = world.entities[at]?.facts[place];
        facts++;
        if (place >= 2) behind++;
        value = fact?.value ?? "";
        at = fact?.target ?? at;
      }
      expect(answers).toEqual([value]);
    }
    // About 4,400 facts at ½: standard deviation 0.0075; 5 of them.
    expect(Math.abs(behind / facts - 0.5)).toBeLessThan(0.04);
  });

  it("say the profession where the name is ambiguous, and only there", () => {
    const world = worlds("test", 0);
    for (const { prompt, data } of sample) {
      const entity = world.entities[data?.start ?? 0];
      expect(
        prompt.startsWith(`<q> ${entity?.profession === null ? "" : `the ${entity?.profession} `}${entity?.name} 's `),
      ).toBe(true);
    }
    const ambiguous = sample.filter(({ prompt }) => prompt.startsWith("<q> the ")).length / sample.length;
    // 44 of 560 entities: 0.079; standard deviation 0.006.
    expect(Math.abs(ambiguous - 0.079)).toBeLessThan(0.03);
  });

  it("share no name between train and test", () => {
    const names = (split: "train" | "test") =>
      new Set(Array.from({ length: 500 }, (_, i) => draw(split, i * 7).prompt.match(/(\S+ \S+) 's/)?.[1]));
    const [train, test] = [names("train"), names("test")];
    expect(Math.min(train.size, test.size)).toBeGreaterThan(200);
    expect([...train].filter((name) => test.has(name))).toEqual([]);
  });

  it("move to a fresh training world after `questionsPerWorld`, and cycle over the test worlds", () => {
    const own = source({ questionsPerWorld: 10, testWorlds: 2 }).draw;
    expect([0, 9, 10, 25].map((index) => own("train", index).data?.world)).toEqual([0, 0, 1, 2]);
    expect([0, 1, 2].map((index) => own("test", index).data?.world)).toEqual([0, 1, 0]);
  });

  it('never change: recorded from draw("test", 0) and draw("train", 1000)', () => {
    // Every recorded figure and checkpoint is about these questions; a change here makes them incomparable.
    expect([draw("test", 0), draw("train", 1000)]).toMatchInlineSnapshot(`
      [
        {
          "answers": [
            "Sar Fenka",
          ],
          "data": {
            "relations": [
              "ceo",
              "employer",
              "ceo",
            ],
            "start": 487,
            "world": 0,
          },
          "id": "test/0",
          "prompt": "<q> Kos Fenmo 's ceo 's employer 's ceo ? </q>",
        },
        {
          "answers": [
            "Pel Corbo",
          ],
          "data": {
            "relations": [
              "mentor",
              "employer",
              "hq",
            ],
            "start": 0,
            "world": 2,
          },
          "id": "train/1000",
          "prompt": "<q> the farmer Hun Kelge 's mentor 's employer 's hq ? </q>",
        },
      ]
    `);
  });

  it("are an error if the limits leave no way to answer", () => {
    const { draw: tight } = source({ hops: [0, 0, 1], calls: 2 });
    expect(() => tight("train", 0)).toThrow(
      "atlas: 200 questions in a row cannot be answered within the limits\n  found: 2 calls, 192 tokens, time-out rate 0.12\n  to fix: raise atlas.calls and atlas.tokens, or lower atlas.timeoutRate or the hops",
    );
  });

  it("grow with the hops", () => {
    const { draw: deep } = source({ hops: [0, 0, 0, 1], calls: 14, tokens: 320 });
    expect(wordsOf(deep("test", 0).prompt).filter((word) => word === "'s").length).toBe(4);
  });
});
