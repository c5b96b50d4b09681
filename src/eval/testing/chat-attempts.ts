/** A question about capitals with a search tool, attempted by a model whose server follows a script. */
import { z } from "zod";
import { attemptByChat } from "../chat/chat-attempt.ts";
import { openChatModel } from "../chat/openai-model.ts";
import { serverOptionsSchema } from "../chat/server-options.ts";
import { chatDialect } from "../chat/turn-texts.ts";
import { paperReward } from "../../envs/grade.ts";
import type { AnyTask } from "../../envs/task.ts";
import { systemClock } from "../../std/clock.ts";
import { tool } from "../../tools/tool.ts";
import type { Trajectory } from "../trajectory.ts";
import { type ApiAnswer, type ApiRequest, says, scriptedApi } from "./scripted-api.ts";

export const search = tool<{ query: string }, number>({
  name: "search",
  description: "finds pages",
  input: z.strictObject({ query: z.string() }),
  execute: ({ query }, { state, signal }) => {
    if (query === "crash") throw new Error("no connection");
    if (query === "wait")
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    return { text: `page ${state} about ${query}`, state: state + 1 };
  },
});

const task: AnyTask = {
  name: "capitals",
  description: "",
  tools: [search],
  dialect: chatDialect,
  environment: { initial: () => 1 },
  limits: { turns: 4, calls: 3, tokens: 100 },
  entropyWindow: { tokens: 20, skip: 0 },
  question: () => question,
  reward: paperReward({ dialect: chatDialect, tools: [search] }),
};
export const question = {
  id: "q1",
  prompt: "Capital of France?",
  chat: {
    messages: [
      { role: "system" as const, content: "Be brief." },
      { role: "user" as const, content: "Capital of France?" },
    ],
  },
  answers: ["Paris"],
  data: null,
};

interface Attempted {
  readonly trajectory: Trajectory;
  readonly requests: readonly ApiRequest[];
}

/** One attempt by a model whose server answers as told. */
export async function attempt(
  answer: (request: ApiRequest, number: number) => ApiAnswer,
  changes: Partial<AnyTask> = {},
  options: object = {},
): Promise<Attempted> {
  const api = await scriptedApi(answer);
  const signal = new AbortController().signal;
  const server = serverOptionsSchema.parse({ model: "m", retries: 1, timeoutMs: 5000, ...options });
  const model = await openChatModel({ url: api.url, apiKey: "secret", options: server }, signal);
  const sampling = { temperature: 0.6, topP: 0.95, turnTokens: 50, toolTimeoutMs: 200, seed: 7, clock: systemClock };
  const agent = { model, task: { ...task, ...changes }, ...sampling };
  const trajectory = await attemptByChat(agent, question, 0, signal).finally(() => api.close());
  return { trajectory, requests: api.requests };
}

/** Answers in their order. */
export const script =
  (...answers: readonly ApiAnswer[]) =>
  (_: ApiRequest, number: number): ApiAnswer =>
    answers[number] ?? says("out of script");
