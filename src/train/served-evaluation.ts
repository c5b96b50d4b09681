/**
 * Held-out questions of a task asked of a model on a server: by its token ids, through the same loop as a policy in this process;
 * as a chat API where the server speaks no token ids, as far as the task can be asked so.
 */
import { openChatModel } from "../eval/chat/openai-model.ts";
import { chatSolver } from "../eval/chat/chat-solver.ts";
import { TURN_TOKENS } from "../eval/chat/server-options.ts";
import { callsInText, chatDialect } from "../eval/chat/turn-texts.ts";
import { type EvalOptions, evaluate, evaluationRecord } from "../eval/evaluate.ts";
import type { AnyTask } from "../envs/task.ts";
import { shapingWords } from "../policy/shaping.ts";
import { LOST, lostReward } from "../rollout/lost-paths.ts";
import type { EvalRecord } from "../run/records.ts";
import { AepoError } from "../std/errors.ts";
import { checkPolicyFitsTask } from "./policy-fit.ts";
import { openServedModel, type OpenServedModel, type ServedModelRequest } from "./served-model.ts";

export interface ServedEvaluation extends ServedModelRequest {
  readonly task: AnyTask;
  readonly eval: EvalOptions;
  readonly split: "train" | "test";
  readonly seed: number;
  readonly toolTimeoutMs: number;
  /** Told what answers, before it does. */
  onOpen?(description: string): void;
}

export async function evaluateServed(request: ServedEvaluation): Promise<EvalRecord> {
  const served = await openServedModel(request);
  try {
    request.onOpen?.(served.description);
    const { policy, tokenizer } = served;
    if (policy === null) return await byChat(request, served);
    const { task, clock, signal, split, seed, toolTimeoutMs, eval: options } = request;
    checkPolicyFitsTask(task, policy.info, tokenizer);
    const inputs = { task, tokenizer, policy, options, split, seed, step: 0, toolTimeoutMs, clock, signal };
    return (await evaluate(inputs)).record;
  } finally {
    await served.close();
  }
}

async function byChat(request: ServedEvaluation, { name, options, description }: OpenServedModel): Promise<EvalRecord> {
  const { task, server, apiKey, signal, clock, split, seed, toolTimeoutMs, eval: asked } = request;
  const startedMs = clock.nowMs();
  const chatTask = askedByChat(task, asked);
  const model = await openChatModel({ url: server.url, apiKey, options: { ...options, model: name } }, signal);
  const solver = chatSolver({
    model,
    description,
    concurrency: options.concurrency,
    temperature: asked.temperature,
    topP: asked.shaping?.topP ?? null,
    turnTokens: options.turnTokens ?? TURN_TOKENS,
    toolTimeoutMs,
    seed,
    clock,
  });
  const questions = Array.from({ length: asked.questions }, (_, i) => task.question(split, i));
  const solved = await solver.solve(chatTask, questions, asked.samples, signal);
  const paths = solved.map((attempts) =>
    attempts.map(({ end, why = "", reward }) => ({
      end: end === "failed" ? LOST : end,
      reward: reward ?? lostReward(why),
    })),
  );
  return evaluationRecord({ task, options: asked, split, seed, step: 0 }, paths, (clock.nowMs() - startedMs) / 1000);
}

/** Calls come as data and are read as Hermes', or stand in the text as the task has them. */
function askedByChat(task: AnyTask, { shaping = {} }: EvalOptions): AnyTask {
  const { topP: _, ...others } = shaping;
  const words = shapingWords(others);
  if (words !== "") {
    throw new AepoError(
      "config",
      `eval.shaping: the server speaks no token ids, and chat APIs know topP alone, not ${words}`,
      {
        fix: "leave the others out, or use a server that speaks token ids",
      },
    );
  }
  if (callsInText(task.dialect) || task.dialect.name === chatDialect.name) return task;
  throw new AepoError(
    "config",
    `the task "${task.name}" cannot be asked of a chat API: it is judged as ${task.dialect.name} writes calls`,
    {
      expected: `a server that speaks token ids, or a task in the dialect ${chatDialect.name} or tags`,
    },
  );
}
