import { expect, it } from "vitest";
import { z } from "zod";
import { agentTask } from "../agent/agent-task.ts";
import { calculatorTask } from "../envs/calculator.ts";
import { hermesDialect } from "../envs/dialects/hermes.ts";
import { tool } from "../tools/tool.ts";
import { taskAgent } from "./task-agent.ts";
import { dataQuestion } from "./testing/small-suite.ts";

const limits = { turns: 3, calls: 2, tokens: 100 };
const search = tool({
  name: "search",
  description: "finds",
  input: z.object({ query: z.string() }),
  execute: () => "",
});
const asked = dataQuestion("gaia/1", { prompt: "Where?", answers: ["here"] });

it("a recipe's agent asks a suite's question as its own: system prompt, template, tools, data", () => {
  const questions = { size: 1, questions: [dataQuestion("own/1")], at: () => dataQuestion("own/1") };
  const task = agentTask({
    tools: [search],
    dialect: hermesDialect({ answer: "tag" }),
    system: "Search first.",
    prompt: "chat",
    questions: { train: questions, test: questions },
    reward: () => ({ total: 0, formatOk: true, correct: false, parts: {} }),
    limits,
    entropyWindow: { tokens: 20, skip: 0 },
  });
  const agent = taskAgent(task);
  const [own, other] = [task.question("test", 0), agent.ask(asked)];
  expect(other).toMatchObject({ id: "gaia/1", prompt: "Where?", answers: ["here"], data: asked });
  expect(other.chat?.messages).toEqual([
    { role: "system", content: "Search first." },
    { role: "user", content: "Where?" },
  ]);
  expect(other.chat?.tools).toEqual(own.chat?.tools);
  expect(agent).toMatchObject({ limits, environment: task.environment, dialect: { name: "hermes" } });
});

it("a task that cannot ask others' questions gives its tools and limits", () => {
  const task = calculatorTask();
  const agent = taskAgent(task);
  expect(agent.tools).toBe(task.tools);
  expect(agent.environment).toBe(task.environment);
  expect(agent.ask(asked).prompt).toContain("<calc> … </calc>");
  expect(agent.ask(asked).prompt).toContain("Question: Where?");
});
