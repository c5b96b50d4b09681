import { describe, expect, it } from "vitest";
import { thrownMessage } from "../../test/support/thrown.ts";
import { exactPart, f1Part } from "./answer-parts.ts";
import { jsonPart } from "./json-part.ts";
import { lengthPart, toolBonusPart } from "./path-parts.ts";
import { pathOf, questionOf } from "./testing/paths.ts";

describe("exact match and F1", () => {
  const question = questionOf(["x", "The Bar Corbo!"]);

  it("AEPO-W2: SQuAD's normalisation, any of several golds, the rule for yes and no", () => {
    expect(exactPart().score(question, pathOf("bar corbo"))).toBe(1);
    expect(exactPart().score(question, pathOf("bar"))).toBe(0);
    expect(exactPart().score(question, pathOf(null))).toBe(0);
    expect(f1Part().score(question, pathOf("bar"))).toEqual({ score: 2 / 3, correct: false });
    expect(f1Part().score(question, pathOf("a Bar, Corbo"))).toEqual({ score: 1, correct: true });
    expect(f1Part().score(questionOf(["no"]), pathOf("no, it is not"))).toEqual({ score: 0, correct: false });
    expect(f1Part().score(question, pathOf(null))).toBe(0);
  });
});

it("AEPO-W2: an answer as the paper's prompt asks for it is judged by what stands in its box", () => {
  const question = questionOf(["Bar Corbo"]);
  const said = pathOf("The final answer is \\[ \\boxed{the Bar Corbo} \\]");
  expect(exactPart().score(question, said)).toBe(1);
  expect(f1Part().score(question, said)).toEqual({ score: 1, correct: true });
  expect(f1Part().score(question, pathOf("Bar Corbo, not \\boxed{Rome}"))).toEqual({ score: 0, correct: false });
});

describe("JSON", () => {
  const schema = {
    type: "object",
    properties: { city: { type: "string" }, people: { type: "integer", minimum: 1 } },
    required: ["city"],
    additionalProperties: false,
  };
  const score = (answer: string) => jsonPart({ schema }).score(questionOf([""]), pathOf(answer));

  it("is right where the answer is one value that the schema accepts", () => {
    expect(score('{"city": "Rome", "people": 3}')).toBe(1);
    expect(score('Here it is:\n```json\n{"city": "Rome"}\n```')).toBe(1);
    expect(jsonPart().score(questionOf([JSON.stringify(schema)]), pathOf('{"city": "Rome"}'))).toBe(1);
  });

  it.each([
    "",
    "Rome",
    '{"city": 5}',
    '{"people": 3}',
    '{"city": "Rome", "people": 0}',
    '{"city": "Rome", "more": 1}',
    '{"city": "Rome"',
    '{"city": "Rome"} and more',
    '{"city": "a", "city": "b"}',
    "[".repeat(500_000),
    `${'{"city":'.repeat(200)}1${"}".repeat(200)}`,
    `[${"1,".repeat(200_000)}1]`,
    '{"__proto__": {"city": "Rome"}}',
  ])("is wrong otherwise (%#)", (answer) => {
    expect(score(answer)).toBe(0);
  });

  it("says that a schema is none", () => {
    expect(thrownMessage(() => jsonPart({ schema: { type: "city" } }))).toBe(
      "not a JSON schema: Unsupported type: city\n" +
        '  expected: a schema such as {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}',
    );
  });
});

describe("how a path went", () => {
  it("length costs nothing, then more and more, then 1", () => {
    const price = lengthPart({ of: "answer", free: 10, limit: 20 });
    const of = (characters: number) => price.score(questionOf(["x"]), pathOf("a".repeat(characters)));
    expect([0, 10, 15, 20, 1_000_000].map(of)).toEqual([0, 0, -0.5, -1, -1]);
    const turns = lengthPart({ free: 5, limit: 15 });
    expect(
      turns.score(questionOf(["x"]), pathOf("x", [], { turns: ["12345", "12345"], results: ["y".repeat(99)] })),
    ).toBe(-0.5);
  });

  it("AEPO-W3: two different tools that worked", () => {
    const score = (calls: readonly string[], options = {}) =>
      toolBonusPart(options).score(questionOf(["x"]), pathOf("x", calls));
    expect(score(["search", "python"])).toBe(1);
    expect(score(["search", "search"])).toBe(0);
    expect(score(["search", "python"], { tools: ["search", "browse"] })).toBe(0);
    expect(score(["search", "python", "browse"], { atLeast: 3 })).toBe(1);
    const failed = pathOf("x", [], {
      calls: ["search", "python"].map((tool, i) => ({ tool, input: "", failed: i === 1 })),
    });
    expect(toolBonusPart().score(questionOf(["x"]), failed)).toBe(0);
  });
});
