import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { tool } from "../../tools/tool.ts";
import { tagDialect, tagWords } from "./tags.ts";

const tools = ["search", "open"].map((name) =>
  tool({ name, description: "a tool", input: z.string(), execute: () => "" }),
);
const parse = (turn: string) => tagDialect.parse(turn, tools);
const why = (turn: string) => {
  const action = parse(turn);
  return action.kind === "invalid" ? action.why : action.kind;
};

describe("tag dialect", () => {
  it("reads a call, an answer, and thoughts before them", () => {
    expect(parse("<think> find hq </think> <search> Bar Corbo </search>")).toEqual({
      kind: "call",
      tool: "search",
      input: "Bar Corbo",
    });
    expect(parse("<answer>Bar</answer>\n")).toEqual({ kind: "answer", text: "Bar" });
    expect(parse("well, <think> a </think> then <think> b </think> <open> more </open>").kind).toBe("call");
  });

  it("reads an empty answer as an answer: wrong, not broken", () => {
    expect(parse("<answer> </answer>")).toEqual({ kind: "answer", text: "" });
  });

  it("takes tags it does not know for text", () => {
    expect(parse("<search> a <b> c </search>")).toEqual({ kind: "call", tool: "search", input: "a <b> c" });
    expect(why("<python> 1 </python>")).toBe("the turn has neither a call nor an answer");
  });

  it.each([
    ["", "the turn has neither a call nor an answer"],
    ["<think> a </think>", "the turn has neither a call nor an answer"],
    ["<think> a", "the turn ends inside <think>"],
    ["<search> a", "the turn ends inside <search>"],
    ["a </search>", "</search> closes nothing"],
    ["<think> a </search>", "</search> closes <think>"],
    ["<think> a <search> b </search>", "<search> opens inside <think>"],
    ["<search> a <search> b </search>", "<search> opens inside <search>"],
    ["<think> a </think> <result> b </result>", "<result> is written by tools only"],
    ["<search> </result> </search>", "</result> is written by tools only"],
    ["<search> a </search> <open> more </open>", "<open> comes after </search>, which ends the turn"],
    ["<answer> a </answer> <answer> b </answer>", "<answer> comes after </answer>, which ends the turn"],
    ["<answer> a </answer> b", "text comes after </answer>, which ends the turn"],
  ])("AEPO-W1: refuses %j and says why", (turn, expected) => {
    expect(why(turn)).toBe(expected);
  });

  it("stops at every closing tag that ends a turn, and where a result is made up", () => {
    expect(tagDialect.stops(tools)).toEqual(["</search>", "</open>", "</answer>", "<result>"]);
  });

  it("wraps results, empty ones with single spaces", () => {
    expect(tagDialect.result("a b")).toBe("<result> a b </result>");
    expect(tagDialect.result("")).toBe("<result> </result>");
  });

  it("AEPO-W1: any turn of tags and words is either valid and well formed, or has a reason", () => {
    const piece = fc.constantFrom(...tagWords(tools), "a", "b");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const action = parse(pieces.join(" "));
        // Reference: the whole turn against the grammar (text | <think> words </think>)* block, as one expression.
        const text = "(?:[ab] )*";
        const grammar = new RegExp(
          `^${text}(?:<think> ${text}</think> ${text})*<(search|open|answer)> ${text}</\\1> $`,
        );
        expect(action.kind !== "invalid").toBe(grammar.test(pieces.map((word) => `${word} `).join("")));
        if (action.kind === "invalid") expect(action.why).not.toBe("");
      }),
      { numRuns: 3000 },
    );
  });
});
