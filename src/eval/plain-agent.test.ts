import { expect, it } from "vitest";
import { z } from "zod";
import { lineTagDialect } from "../envs/dialects/tags.ts";
import { tool } from "../tools/tool.ts";
import { plainAgent, type PlainAgentOptions } from "./plain-agent.ts";
import { dataQuestion } from "./testing/small-suite.ts";

const limits = { turns: 2, calls: 1, tokens: 100 };
const calc = tool({ name: "calc", description: "sums", input: z.string(), execute: () => "1" });
const asked = (options: Partial<PlainAgentOptions>, changes = {}) =>
  plainAgent({ tools: [], dialect: lineTagDialect, limits, system: null, chat: true, ...options }).ask(
    dataQuestion("1", { prompt: "1 + 1?", answers: ["2"], ...changes }),
  );

it("a chat model is asked in a conversation that says where the answer goes", () => {
  const question = asked({}, { kind: "math" });
  expect(question).toMatchObject({ id: "1", prompt: "1 + 1?", answers: ["2"] });
  expect(question.chat).toEqual({
    messages: [
      {
        role: "system",
        content: "Solve the problem. Think step by step. End with \\boxed{…}, in it the result alone.",
      },
      { role: "user", content: "1 + 1?" },
    ],
  });
  expect(asked({}, { kind: "multiple-choice" }).chat?.messages[0]?.content).toBe(
    "Answer the question. Think step by step. End with \\boxed{…}, in it the letter of the choice alone.",
  );
  expect(asked({}).chat?.messages[0]?.content).toBe(
    "Answer the question. Think step by step. End with \\boxed{…}, in it the answer alone, as short as possible.",
  );
});

it("with tools the template is told of them", () => {
  const { chat } = asked({ tools: [calc] });
  expect(chat?.tools?.map(({ function: { name } }) => name)).toEqual(["calc"]);
  expect(chat?.messages[0]?.content).toContain("Use the tools where they help.");
});

it("a system prompt of one's own stands instead; an empty one is none", () => {
  expect(asked({ system: "Be brief." }).chat?.messages[0]).toEqual({ role: "system", content: "Be brief." });
  expect(asked({ system: "" }).chat?.messages).toEqual([{ role: "user", content: "1 + 1?" }]);
});

it("a model without a chat template reads one text, in the paper's tags", () => {
  const question = asked({ chat: false, tools: [calc] });
  expect(question.chat).toBeUndefined();
  expect(question.prompt).toBe(
    "Answer the question. Think step by step. Instead of an answer you may call a tool and read its result: <calc> … </calc> (sums). Write <think> … </think> <answer> … </answer>, in the second the answer alone, as short as possible.\n\nQuestion: 1 + 1?\n",
  );
});
