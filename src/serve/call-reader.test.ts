import fc from "fast-check";
import { expect, it } from "vitest";
import type { ChatTool } from "../chat/chat-message.ts";
import { dialectNames, dialectOf } from "../envs/dialects/list.ts";
import type { ToolCall } from "./answer.ts";
import { CallReader } from "./call-reader.ts";
import { declaredTools } from "./declared-tools.ts";

const TOOLS = ["search", "open"].map(
  (name): ChatTool => ({
    type: "function",
    function: { name, description: "", parameters: { type: "object", properties: { query: { type: "string" } } } },
  }),
);
const CALL = { name: "search", arguments: { query: "a" } };
const words = [
  "<think>",
  "</think>",
  "<tool_call>",
  "</tool_call>",
  "<tool_response>",
  "<|python_tag|>",
  "<|im_end|>",
  "<search>",
  "</search>",
  "<answer>",
  "</answer>",
  `<tool_call>${JSON.stringify(CALL)}</tool_call>`,
  `<tool_call>${JSON.stringify([CALL, { ...CALL, name: "shell" }])}</tool_call>`,
  JSON.stringify(CALL),
  '{"name": "',
  "}",
  '"',
  " ",
  "\n",
  "a",
];

function read(name: (typeof dialectNames)[number], pieces: readonly string[]) {
  const dialect = dialectOf(name);
  const reader = new CallReader(dialect, declaredTools(dialect, TOOLS));
  const told = [...pieces.map((piece) => reader.push(piece)), reader.end()];
  const calls = told.flatMap((one): readonly ToolCall[] => one.calls);
  return { text: told.map(({ text }) => text).join(""), calls };
}

it.each(dialectNames)("%s: no text is lost, wherever it is cut", (name) => {
  const ending = fc.constantFrom("", "<search> a </search>\n", JSON.stringify(CALL));
  const turn = fc
    .tuple(fc.array(fc.constantFrom(...words), { maxLength: 12 }), ending)
    .map(([pieces, last]) => pieces.join("") + last);
  let made = 0;
  fc.assert(
    fc.property(turn, fc.nat(40), (text, cut) => {
      const { text: said, calls } = read(name, [text]);
      expect(read(name, [text.slice(0, cut), text.slice(cut)])).toEqual({ text: said, calls });
      made += calls.length;
      if (calls.length === 0) expect(said).toBe(text);
      else expect(said.length).toBeLessThan(text.length);
      // Only calls are left out, each with its JSON or its tags, and white space.
      const left = text.replaceAll(/\s/g, "").length - said.replaceAll(/\s/g, "").length;
      expect(left).toBeGreaterThanOrEqual(calls.length * (name === "tags" ? "<search></search>".length : 40));
      for (const word of ["<answer>", "<tool_response>", "<|im_end|>"]) {
        const count = (where: string): number => where.split(word).length;
        if (name !== "tags") expect(count(said)).toBe(count(text));
      }
    }),
    { numRuns: 2000 },
  );
  expect(made).toBeGreaterThan(50);
});
