import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { AnyTask } from "../../envs/task.ts";
import { plainChat, qwen, scriptedServer } from "../../serve/testing/scripted-server.ts";
import { tinyServer } from "../../serve/testing/tiny-server.ts";
import { systemClock } from "../../std/clock.ts";
import { tool } from "../../tools/tool.ts";
import { openMetric } from "../metrics/open-metric.ts";
import { plainAgent } from "../plain-agent.ts";
import { suiteTask } from "../suite-task.ts";
import { fails, says, scriptedApi } from "../testing/scripted-api.ts";
import { dataQuestion } from "../testing/small-suite.ts";
import { chatSolver } from "./chat-solver.ts";
import { openChatModel } from "./openai-model.ts";
import { serverOptionsSchema } from "./server-options.ts";
import { chatDialect } from "./turn-texts.ts";

const closing: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closing.toReversed()) await close();
});
const signal = new AbortController().signal;
const add = tool<{ a: number; b: number }>({
  name: "add",
  description: "a + b",
  input: z.strictObject({ a: z.number(), b: z.number() }),
  execute: ({ a, b }) => String(a + b),
});
const questions = ["2 + 3", "4 + 5"].map((sum, i) =>
  dataQuestion(`sum/${i}`, { prompt: `What is ${sum}?`, answers: [i === 0 ? "5" : "9"] }),
);

function taskOf(tools: AnyTask["tools"], tokens = 4000): AnyTask {
  const limits = { turns: 4, calls: 3, tokens };
  const agent = plainAgent({ tools, dialect: chatDialect, limits, system: null, chat: true });
  return suiteTask("sums", questions, agent, openMetric("exact", { format: agent, judge: null }).reward);
}

async function solve(url: string, task: AnyTask, samples: number, options: object = {}) {
  const server = serverOptionsSchema.parse({ retries: 0, ...options });
  const model = await openChatModel({ url, apiKey: null, options: server }, signal);
  const { concurrency, turnTokens = 1024 } = server;
  const asking = { model, concurrency, turnTokens, description: model.name, temperature: 1, topP: null };
  const solver = chatSolver({ ...asking, toolTimeoutMs: 1000, seed: 1, clock: systemClock });
  return solver.solve(task, [task.question("test", 0), task.question("test", 1)], samples, signal);
}

describe("our own server, aepo serve", () => {
  it("tools are declared, called by the template's dialect, answered, and the answer is scored", async () => {
    const scripted = await scriptedServer(qwen, (prompt) => {
      const [, a = "", b = ""] = /What is (\d) \+ (\d)\?/.exec(prompt) ?? [];
      const result = /<tool_response>\s*(\d+)\s*<\/tool_response>/.exec(prompt)?.[1];
      if (result !== undefined) return `It is \\boxed{${result}}`;
      return `<tool_call>\n{"name": "add", "arguments": {"a": ${a}, "b": ${b}}}\n</tool_call>`;
    });
    closing.push(() => scripted.server.close());
    const solved = await solve(scripted.server.url, taskOf([add]), 2);
    expect(solved.map((attempts) => attempts.map(({ answer, reward, end }) => [answer, reward?.correct, end]))).toEqual(
      [
        [
          ["It is \\boxed{5}", true, "answer"],
          ["It is \\boxed{5}", true, "answer"],
        ],
        [
          ["It is \\boxed{9}", true, "answer"],
          ["It is \\boxed{9}", true, "answer"],
        ],
      ],
    );
    const [first] = solved[0] ?? [];
    expect(first?.turns[0]?.result).toEqual({ tool: "add", input: '{"a":2,"b":3}', text: "5", failed: null });
    expect(first?.tokens.billed?.input).toBeGreaterThan(first?.tokens.billed?.output ?? 0);
    expect(scripted.prompts.every((prompt) => prompt.includes('"name": "add"'))).toBe(true);
    expect(scripted.reports).toEqual([]);
  });

  it("a model without tools answers in text", async () => {
    const { server } = await scriptedServer(plainChat, () => "Nine.");
    closing.push(() => server.close());
    const solved = await solve(server.url, taskOf([]), 1);
    expect(solved.flat().map(({ answer, reward }) => [answer, reward?.correct])).toEqual([
      ["Nine.", false],
      ["Nine.", false],
    ]);
  });

  it("random bytes of a small model are attempts like any: none fails, all are scored", async () => {
    const tiny = await tinyServer();
    closing.push(() => tiny.close());
    const solved = await solve(tiny.server.url, taskOf([], 250), 4, { turnTokens: 20, concurrency: 3 });
    const attempts = solved.flat();
    expect(attempts).toHaveLength(8);
    expect(attempts.filter(({ end }) => end === "failed")).toEqual([]);
    expect(attempts.every(({ reward }) => reward !== null && reward.failed === undefined)).toBe(true);
    expect(new Set(attempts.map(({ turns }) => turns[0]?.text)).size).toBeGreaterThan(4);
    // The same seeds, the same texts.
    expect(await solve(tiny.server.url, taskOf([], 250), 4, { turnTokens: 20, concurrency: 3 })).toEqual(solved);
  }, 60_000);
});

it("as many attempts are open as the concurrency says, never more", async () => {
  let [open, most] = [0, 0];
  const api = await scriptedApi(() => (response) => {
    most = Math.max(most, ++open);
    setTimeout(() => {
      open--;
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(says("5")));
    }, 30);
  });
  closing.push(() => api.close());
  const solved = await solve(api.url, taskOf([]), 10, { model: "m", concurrency: 4 });
  expect(solved.flat()).toHaveLength(20);
  expect(most).toBe(4);
  // Attempts at a question differ by their seeds, and so do questions.
  expect(new Set(api.requests.map(({ body }) => body.seed)).size).toBe(20);
});

it("how many are open at a time makes no difference to what is drawn", async () => {
  const api = await scriptedApi(({ body }) => (response) => {
    // Later ones may be answered first.
    setTimeout(() => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(says(`${body.seed % 10}`)));
    }, body.seed % 17);
  });
  closing.push(() => api.close());
  const [alone, together] = [
    await solve(api.url, taskOf([]), 6, { model: "m", concurrency: 1 }),
    await solve(api.url, taskOf([]), 6, { model: "m", concurrency: 7 }),
  ];
  expect(together).toEqual(alone);
});

it("a server that fails again and again is given up", async () => {
  const api = await scriptedApi(() => fails(500));
  closing.push(() => api.close());
  await expect(solve(api.url, taskOf([]), 40, { model: "m", concurrency: 4 })).rejects.toThrow(
    "20 attempts in a row have failed: the server answered 500 broken\n  to fix: mend the server, then give the same command again: it goes on, and asks again what has failed",
  );
  expect(api.requests.length).toBeLessThan(80);
  // One that fails now and then is not.
  const flaky = await scriptedApi((_, number) => (number % 10 === 0 ? says("5") : fails(500)));
  closing.push(() => flaky.close());
  const solved = (await solve(flaky.url, taskOf([]), 40, { model: "m", concurrency: 4 })).flat();
  expect(solved.filter(({ end }) => end === "failed")).toHaveLength(72);
});
