import { expect, it } from "vitest";
import { dialectOf } from "../envs/dialects/list.ts";
import { declaredTools } from "./declared-tools.ts";

const declared = (name: string, parameters: Record<string, string>, required: readonly string[]) => ({
  type: "function" as const,
  function: {
    name,
    description: "",
    parameters: {
      type: "object",
      properties: Object.fromEntries(Object.entries(parameters).map(([field, type]) => [field, { type }])),
      required: [...required],
    },
  },
});

const { argumentsOf } = declaredTools(dialectOf("tags"), [
  declared("find", { query: "string", count: "integer" }, ["query"]),
  declared("move", { from: "string", to: "string" }, ["from", "to"]),
  declared("now", {}, []),
]);
const given = (tool: string, input: string): unknown => {
  const text = argumentsOf({ kind: "call", tool, input });
  return text === null ? null : JSON.parse(text);
};

it("reads the text between tags as aepo's own tools do: the one needed text, or the JSON of all", () => {
  expect(given("find", "rivers")).toEqual({ query: "rivers" });
  expect(given("find", '{"query": "rivers", "count": 3}')).toEqual({ query: "rivers", count: 3 });
  expect(given("move", '{"from": "a", "to": "b"}')).toEqual({ from: "a", to: "b" });
  expect(given("move", "a to b")).toBeNull();
});

it("lets a tool without arguments be called with nothing", () => {
  expect(given("now", "")).toEqual({});
  expect(given("now", "please")).toBeNull();
  expect(given("find", "")).toEqual({ query: "" });
});
