import { describe, expect, it } from "vitest";
import { z } from "zod";
import { thrownMessage } from "../../test/support/thrown.ts";
import { describeTool } from "./describe-tool.ts";
import { tool } from "./tool.ts";
import { argumentsFault, argumentsOfText, inputOfText, signatureOf, textOfArguments, writtenAs } from "./tool-input.ts";

const make = (input: z.ZodType) => tool({ name: "look", description: "looks", input, execute: () => "" });
const text = make(z.string().max(5, "too long"));
const field = make(z.object({ query: z.string() }));
const object = make(z.object({ from: z.string(), days: z.int().min(1).optional(), unit: z.enum(["C", "F"]) }));
const choice = make(z.enum(["on", "off"]));
const page = make(z.object({ url: z.string(), page: z.int().optional() }));

describe("a tool's input as text and as arguments", () => {
  it("is the text itself, or the one field it fills", () => {
    expect(inputOfText(text, "Bar")).toBe("Bar");
    expect(inputOfText(choice, "on")).toBe("on");
    expect(inputOfText(field, "Bar")).toEqual({ query: "Bar" });
    expect(argumentsOfText(text, "Bar")).toEqual({ input: "Bar" });
    expect(argumentsOfText(field, "Bar")).toEqual({ query: "Bar" });
    expect(textOfArguments(text, { input: "Bar" })).toBe("Bar");
    expect(textOfArguments(field, { query: "Bar" })).toBe("Bar");
  });

  it("is the one text that is needed, or JSON where more is given", () => {
    expect(inputOfText(page, "http://a/b")).toEqual({ url: "http://a/b" });
    expect(inputOfText(page, '{"url": "http://a/b", "page": 2}')).toEqual({ url: "http://a/b", page: 2 });
    expect(inputOfText(page, "[1]")).toEqual({ url: "[1]" });
    for (const given of [{ url: "a" }, { url: "a", page: 2 }, { url: '{"url": "x"}' }, { url: "{" }, { page: 2 }, {}]) {
      expect(argumentsOfText(page, textOfArguments(page, given))).toEqual(given);
    }
    expect(textOfArguments(page, { url: "http://a/b" })).toBe("http://a/b");
    expect([text, object, page, field, choice].map(writtenAs)).toEqual(["text", "json", "either", "text", "text"]);
  });

  it("is JSON for other objects, both ways", () => {
    const given = { from: "Rome", unit: "C" };
    expect(inputOfText(object, textOfArguments(object, given))).toEqual(given);
    expect(argumentsOfText(object, '{"from":"Rome","unit":"C"}')).toEqual(given);
    expect(thrownMessage(() => inputOfText(object, "Rome"))).toBe(
      'bad input: look takes JSON, {"from": string, "days"?: integer, "unit": "C" | "F"}',
    );
  });

  it.each([
    [text, { input: "Bar" }, null],
    [text, { input: "Barcelona" }, "too long"],
    [text, {}, 'no argument "input"'],
    [text, { query: "Bar" }, 'unknown argument "query"'],
    [field, { query: 5 }, "query: Invalid input: expected string, received number"],
    [field, {}, "query: Invalid input: expected string, received undefined"],
    [field, { query: "a", limit: 3 }, 'unknown argument "limit"'],
    [
      object,
      { from: "Rome", unit: "K", days: 0 },
      'days: Too small: expected number to be >=1; unit: Invalid option: expected one of "C"|"F"',
    ],
    [choice, { input: "on" }, null],
    [choice, { input: "up" }, 'Invalid option: expected one of "on"|"off"'],
    [make(z.looseObject({})), { anything: [1] }, null],
  ])("says what is wrong with arguments (%#)", (one, given, fault) => {
    expect(argumentsFault(one, given)).toBe(fault);
  });

  it("leaves it to the call where the schema throws", () => {
    const broken = make(
      z.string().refine(() => {
        throw new Error("no");
      }),
    );
    expect(argumentsFault(broken, { input: "x" })).toBeNull();
  });

  it("is described to a model as JSON schema", () => {
    expect(describeTool(text).function.parameters).toEqual({
      type: "object",
      properties: { input: { type: "string", maxLength: 5 } },
      required: ["input"],
    });
    expect(describeTool(field)).toEqual({
      type: "function",
      function: {
        name: "look",
        description: "looks",
        parameters: { type: "object", properties: { query: { type: "string" } }, required: ["query"] },
      },
    });
    expect(signatureOf(choice)).toBe('{"input": "on" | "off"}');
    expect(thrownMessage(() => describeTool(make(z.date())))).toBe(
      "the input of tool look cannot be described to a model: Date cannot be represented in JSON Schema\n" +
        "  expected: a schema that JSON schema can say: texts, numbers, enums, lists and objects of them",
    );
  });
});
