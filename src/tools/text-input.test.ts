import { describe, expect, it } from "vitest";
import { objectOfText } from "./text-input.ts";

const text = { type: "string" };
const number = { type: "number" };
const one = { properties: { query: text } };
const oneNeeded = { properties: { query: text, count: number }, required: ["query"] };

describe("what a text is to an object", () => {
  it("is the only field, or the only needed one, where that is a text", () => {
    expect(objectOfText(one, "rivers")).toEqual({ query: "rivers" });
    expect(objectOfText(oneNeeded, "rivers of Asia")).toEqual({ query: "rivers of Asia" });
  });

  it("is JSON where there are other fields to give, and never where there are none", () => {
    expect(objectOfText(oneNeeded, '{"query": "rivers", "count": 3}')).toEqual({ query: "rivers", count: 3 });
    expect(objectOfText(one, '{"query": "rivers"}')).toEqual({ query: '{"query": "rivers"}' });
  });

  it.each([
    ["two texts are needed", { properties: { a: text, b: text }, required: ["a", "b"] }],
    ["the needed field is no text", { properties: { a: text, b: number }, required: ["b"] }],
    ["none of several is needed", { properties: { a: text, b: text } }],
    ["it has no fields", {}],
    ["its fields are not an object", { properties: [], required: "query" }],
  ])("is JSON of an object, else nothing, where %s", (_, schema) => {
    expect(objectOfText(schema, '{"a": "x"}')).toEqual({ a: "x" });
    for (const other of ["x", "", "[1]", "3", "null"]) expect(objectOfText(schema, other)).toBeNull();
  });
});
