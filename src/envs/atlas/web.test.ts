import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AtlasOptions, atlasSettings } from "./options.ts";
import { type AtlasState, makeWeb } from "./web.ts";
import { cachedWorlds } from "./worlds.ts";

function openWeb(options: AtlasOptions = {}) {
  const settings = atlasSettings(options);
  const worlds = cachedWorlds(settings);
  return { web: makeWeb(settings, worlds), world: worlds("test", 0) };
}
const start: AtlasState = { split: "test", world: 0, question: "test/0", page: null };
const quiet = openWeb({ timeoutRate: 0 });
const alone = quiet.world.entities.findIndex((entity) => entity.profession === null);
const subject = quiet.world.entities[alone];
const [a, b, c, d] = (subject?.facts ?? []).map((fact) => `${fact.relation} ${fact.value}`);

describe("search and open", () => {
  const { web, world } = quiet;

  it("show a page in parts", () => {
    const first = web.search(start, subject?.name ?? "", 0);
    expect(first.text).toBe(`${subject?.name} : ${a} ${b} more`);
    const second = web.open(first.state, "more", 1);
    expect(second.text).toBe(`${subject?.name} : ${c} ${d} end`);
    expect(second.state.page).toEqual({ entity: alone, part: 1 });
    expect(web.open(second.state, "more", 2)).toMatchObject({ kind: "nothing", text: "nothing found" });
  });

  it("show as many facts on a part as the options say", () => {
    const long = openWeb({ timeoutRate: 0, factsPerPart: 3, extraFacts: 4 });
    const entity = long.world.entities.find((one) => one.profession === null);
    let outcome = long.web.search(start, entity?.name ?? "", 0);
    const sizes: number[] = [];
    while (outcome.kind === "page") {
      sizes.push(long.web.look(outcome.state, outcome.state.page ?? { entity: 0, part: 0 }).facts.length);
      outcome = long.web.open(outcome.state, "more", 1);
    }
    expect(sizes).toEqual([3, 3, 2]);
  });

  it("find the first namesake unless the profession is said", () => {
    const [one, other] = [...world.byName.values()].find((found) => found.length === 2) ?? [];
    const [first, second] = [world.entities[one ?? 0], world.entities[other ?? 0]];
    expect(web.search(start, first?.name ?? "", 0).state.page?.entity).toBe(one);
    const asked = web.search(start, `${second?.name} ${second?.profession}`, 0);
    expect(asked.state.page?.entity).toBe(other);
    expect(asked.text.startsWith(`${second?.name} ${second?.profession} : `)).toBe(true);
    const nobody = ["baker", "carpenter", "doctor"].find((p) => p !== first?.profession && p !== second?.profession);
    expect(web.search(start, `${first?.name} ${nobody}`, 0).kind).toBe("nothing");
  });

  it("find nothing for a name of the other split, and keep the last page", () => {
    const shown = web.search(start, subject?.name ?? "", 0).state;
    const foreign = cachedWorlds(atlasSettings())("train", 0).entities[0]?.name ?? "";
    expect(web.search(shown, foreign, 1)).toEqual({ kind: "nothing", text: "nothing found", state: shown });
    expect(web.open(start, "more", 0).kind).toBe("nothing");
    expect(web.open(shown, "less", 1).kind).toBe("nothing");
  });

  it("never throw, whatever the input", () => {
    const word = fc.constantFrom(
      "more",
      "",
      " ",
      "Bar",
      "constructor",
      "__proto__",
      "</result>",
      ...(subject?.name ?? "").split(" "),
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string())), fc.boolean(), (words, search) => {
        const outcome = web[search ? "search" : "open"](start, words.join(" "), 0);
        expect(["page", "nothing"]).toContain(outcome.kind);
      }),
    );
  });

  it("AEPO-R8: leave the state they were given as it was, so a fork is the same value", () => {
    const shown = Object.freeze(web.search(start, subject?.name ?? "", 0).state);
    const before = JSON.stringify(shown);
    web.open(shown, "more", 1);
    web.search(shown, world.entities[5]?.name ?? "", 1);
    expect(JSON.stringify(shown)).toBe(before);
    expect(web.open(shown, "more", 1).text).toBe(`${subject?.name} : ${c} ${d} end`);
  });
});

describe("time-outs", () => {
  const { web } = openWeb({ timeoutRate: 0.12 });
  const times = (state: AtlasState, input: string, call: number) => web.search(state, input, call).kind === "timeout";

  it("come at the rate asked for", () => {
    const draws = Array.from({ length: 10000 }, (_, i) =>
      times({ ...start, question: `test/${i}` }, subject?.name ?? "", i % 9),
    );
    // 10,000 draws at 0.12: standard deviation 0.0032; 5 of them.
    expect(Math.abs(draws.filter(Boolean).length / 10000 - 0.12)).toBeLessThan(0.016);
  });

  it("depend on question, call index and query alone", () => {
    const name = subject?.name ?? "";
    const pattern = (state: AtlasState, query: string) =>
      Array.from({ length: 200 }, (_, call) => times(state, query, call)).join();
    const base = pattern(start, name);
    expect(pattern({ ...start, page: { entity: 3, part: 1 } }, ` ${name} `)).toBe(base);
    expect(pattern({ ...start, question: "test/1" }, name)).not.toBe(base);
    expect(pattern(start, `${name} baker`)).not.toBe(base);
    expect(base).toContain("true,");
  });
});
