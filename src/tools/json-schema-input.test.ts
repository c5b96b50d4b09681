import { describe, expect, it } from "vitest";
import { thrownMessage } from "../../test/support/thrown.ts";
import { describeTool } from "./describe-tool.ts";
import { inputOfJsonSchema } from "./json-schema-input.ts";
import { tool } from "./tool.ts";
import { argumentsFault } from "./tool-input.ts";

const SCHEMA = {
  $schema: "http://json-schema.org/draft-07/schema#",
  type: "object",
  properties: {
    city: { type: "string", description: "where", minLength: 2 },
    days: { type: "integer", minimum: 1, default: 3 },
    unit: { enum: ["C", "F"] },
    at: { $ref: "#/definitions/point" },
    tags: { type: "array", items: { type: "string" }, maxItems: 2 },
  },
  required: ["city"],
  additionalProperties: false,
  definitions: { point: { type: "object", properties: { x: { type: "number" } }, required: ["x"] } },
};
const make = (schema: unknown) =>
  tool({ name: "weather", description: "", input: inputOfJsonSchema(schema), execute: () => "" });

describe("an input by JSON schema", () => {
  it("is checked as the schema says", () => {
    const weather = make(SCHEMA);
    expect(weather.input.parse({ city: "Rome" })).toEqual({ city: "Rome", days: 3 });
    const fault = (given: object) => argumentsFault(weather, given as never);
    expect(fault({ city: "Rome", at: { x: 1 }, tags: ["a"], unit: "C" })).toBeNull();
    expect(fault({})).toBe("city: Invalid input: expected string, received undefined");
    expect(fault({ city: "R", days: 0 })).toBe(
      "city: Too small: expected string to have >=2 characters; days: Too small: expected number to be >=1",
    );
    expect(fault({ city: "Rome", at: {} })).toBe("at.x: Invalid input: expected number, received undefined");
    expect(fault({ city: "Rome", town: 1 })).toBe('unknown argument "town"');
  });

  it("is described to a model with what it says of its fields", () => {
    expect(describeTool(make(SCHEMA)).function.parameters).toMatchObject({
      type: "object",
      properties: {
        city: { type: "string", description: "where", minLength: 2 },
        days: { type: "integer", minimum: 1, default: 3 },
        unit: { enum: ["C", "F"] },
      },
      required: ["city"],
      additionalProperties: false,
    });
  });

  it("may have no fields, or any, or itself in it", () => {
    expect(argumentsFault(make({ type: "object" }), {})).toBeNull();
    expect(argumentsFault(make({ type: "object", properties: {} }), { a: 1 })).toBeNull();
    const tree = {
      type: "object",
      properties: { tree: { $ref: "#/$defs/tree" } },
      $defs: { tree: { type: "object", properties: { children: { type: "array", items: { $ref: "#/$defs/tree" } } } } },
      $schema: "https://json-schema.org/draft/2020-12/schema",
    };
    expect(argumentsFault(make(tree), { tree: { children: [{ children: [] }] } })).toBeNull();
    expect(argumentsFault(make(tree), { tree: { children: [{ children: 5 }] } })).toBe(
      "tree.children.0.children: Invalid input: expected array, received number",
    );
  });

  it.each([
    [undefined, "its input schema is undefined, not an object"],
    [[], "its input schema is object, not an object"],
    [true, "its input schema is boolean, not an object"],
    [{}, 'its input schema is of type none; arguments are named, so it must be "object"'],
    [{ type: "string" }, 'its input schema is of type "string"; arguments are named, so it must be "object"'],
    [
      { type: "object", properties: { a: { $ref: "#/$defs/none" } } },
      "its input schema cannot be read: Reference not found: #/$defs/none",
    ],
    [
      { type: "object", properties: { a: { $ref: "https://example.org/schema" } } },
      "its input schema cannot be read: External $ref is not supported, only local refs (#/...) are allowed",
    ],
    [
      { type: "object", properties: { a: { not: { type: "string" } } } },
      "its input schema cannot be read: not is not supported in Zod (except { not: {} } for never)",
    ],
    [
      { type: "object", properties: { a: { type: "string", pattern: "(" } } },
      "its input schema cannot be read: Invalid regular expression: /(/: Unterminated group",
    ],
    [
      { type: "object", properties: { a: { type: "strnig" } } },
      "its input schema cannot be read: Unsupported type: strnig",
    ],
  ])("is refused with words: %j", (schema, message) => {
    expect(thrownMessage(() => inputOfJsonSchema(schema))).toBe(message);
  });
});
