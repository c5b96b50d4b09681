/** Who answers: a checkpoint in this process or a model server, with the agent that fits it. Contradictory settings end here. */
import { existsSync } from "node:fs";
import { basename } from "node:path";
import { openChatModel, serverOptionsSchema } from "../eval/chat/openai-model.ts";
import { chatSolver } from "../eval/chat/chat-solver.ts";
import { callsInText, chatDialect } from "../eval/chat/turn-texts.ts";
import { localSolver } from "../eval/local-solver.ts";
import { plainAgent } from "../eval/plain-agent.ts";
import type { Solver } from "../eval/solver.ts";
import type { SuiteAgent } from "../eval/suite-task.ts";
import { lineTagDialect } from "../envs/dialects/tags.ts";
import { wholeTurnDialect } from "../envs/dialects/whole-turn.ts";
import type { Dialect, Limits } from "../envs/task.ts";
import { shapingWords } from "../policy/shaping.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import { runLayout } from "../run/layout.ts";
import type { Clock } from "../std/clock.ts";
import { AepoError } from "../std/errors.ts";
import { checkpointFolder } from "./checkpoint-folder.ts";
import { policySchema } from "./config.ts";
import { openPolicy } from "./open.ts";
import type { SuiteEvaluationConfig } from "./suite-config.ts";

export interface ReadySolver {
  readonly solver: Solver;
  readonly agent: SuiteAgent;
  /** Longest path that can be answered; null: the server says no. */
  readonly mostTokens: number | null;
}

export interface SolverRequest {
  readonly model: string;
  readonly config: SuiteEvaluationConfig;
  /** Of a recipe; null: plain questions without tools. */
  readonly agent: SuiteAgent | null;
  /** Of a server that wants one (`serverKey`). */
  readonly apiKey: string | null;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export function isServer(model: string): boolean {
  return /^https?:\/\//i.test(model);
}

export async function openSolver(request: SolverRequest): Promise<ReadySolver> {
  checkSettings(request);
  return isServer(request.model) ? serverSolver(request) : policySolver(request);
}

async function policySolver({ model, config, agent, clock }: SolverRequest): Promise<ReadySolver> {
  const { eval: attempts, seed, toolTimeoutMs } = config;
  const options = policySchema.parse({ ...config.policy, checkpoint: model });
  const { policy, tokenizer, close } = await openPolicy(options);
  const { samples, temperature, shaping } = attempts;
  const together = attempts.together ?? Math.max(1, Math.ceil(options.slots / samples));
  const mostTokens = Math.min(policy.info.maxSequenceTokens, options.cacheTokens);
  const described = { description: [policy.info.description, ...chosenCheckpoint(model)].join(", "), together };
  const solver = localSolver({
    policy,
    tokenizer,
    ...described,
    temperature,
    shaping,
    seed,
    toolTimeoutMs,
    clock,
    close,
  });
  const { endOfTurn, hasTemplate } = chatOf(tokenizer);
  const dialect = hasTemplate ? wholeTurnDialect(textsOf(tokenizer, endOfTurn)) : lineTagDialect;
  const plain = (): SuiteAgent => plainSuiteAgent(config, dialect, hasTemplate, mostTokens);
  return { solver, agent: limited(agent ?? plain(), config), mostTokens };
}

async function serverSolver({ model: url, config, agent, apiKey, clock, signal }: SolverRequest): Promise<ReadySolver> {
  const options = config.server ?? serverOptionsSchema.parse({});
  const model = await openChatModel({ url, apiKey, options }, signal);
  const { temperature, shaping } = config.eval;
  const solver = chatSolver({
    model,
    description: `${model.name} behind a chat API`,
    concurrency: options.concurrency,
    temperature,
    topP: shaping.topP ?? null,
    turnTokens: options.turnTokens,
    toolTimeoutMs: config.toolTimeoutMs,
    seed: config.seed,
    clock,
  });
  const base = agent ?? plainSuiteAgent(config, chatDialect, true, null);
  // Calls come as data, whatever the model writes; but for the paper's tags, which are no chat API's.
  const dialect = callsInText(base.dialect) ? base.dialect : chatDialect;
  return { solver, agent: { ...limited(base, config), dialect }, mostTokens: null };
}

const PLAIN_LIMITS = { tokens: 2048, calls: 8 } as const;

function plainSuiteAgent(
  { system, limits }: SuiteEvaluationConfig,
  dialect: Dialect,
  chat: boolean,
  mostTokens: number | null,
): SuiteAgent {
  const effective: Limits = {
    tokens: limits.tokens ?? Math.min(PLAIN_LIMITS.tokens, mostTokens ?? PLAIN_LIMITS.tokens),
    calls: PLAIN_LIMITS.calls,
    turns: PLAIN_LIMITS.calls + 1,
  };
  return plainAgent({ tools: [], dialect, limits: effective, system: system ?? null, chat });
}

function limited(agent: SuiteAgent, { limits: { tokens, calls, turns } }: SuiteEvaluationConfig): SuiteAgent {
  const most = calls ?? agent.limits.calls;
  const turnsAtMost = turns ?? (calls === undefined ? agent.limits.turns : calls + 1);
  return { ...agent, limits: { tokens: tokens ?? agent.limits.tokens, calls: most, turns: turnsAtMost } };
}

/** Of a run folder, which of its checkpoints: another one may be the best tomorrow. */
function chosenCheckpoint(model: string): string[] {
  return existsSync(runLayout(model).checkpoints) ? [basename(checkpointFolder(model))] : [];
}

function checkSettings({ model, config, agent }: SolverRequest): void {
  const { eval: attempts, policy, server, system, limits } = config;
  const noEffect = (field: string, why: string): AepoError =>
    new AepoError("config", `${field}: has no effect on ${why}`, { fix: `leave ${field} out` });
  if (isServer(model)) {
    if (policy !== undefined) throw noEffect("policy", "a model server: it has its own");
    if (attempts.together !== undefined) throw noEffect("eval.together", "a model server (server.concurrency has)");
    const { topP: _, ...others } = attempts.shaping;
    const words = shapingWords(others);
    if (words !== "") throw noEffect("eval.shaping", `a model server: chat APIs know topP alone, not ${words}`);
  } else if (server !== undefined) {
    throw noEffect("server", "a model in this process");
  }
  if (agent !== null && system !== undefined) {
    throw new AepoError("config", "system: contradicts the recipe, which says how its task is asked", {
      fix: "leave it out, or change the recipe's prompt",
    });
  }
  if (agent !== null && agent.tools.length > 0) return;
  for (const field of ["calls", "turns"] as const) {
    if (limits[field] !== undefined) throw noEffect(`limits.${field}`, "questions without tools (--recipe gives some)");
  }
}

function chatOf(tokenizer: Tokenizer & { readonly hasTemplate?: boolean }): {
  readonly endOfTurn: readonly number[];
  readonly hasTemplate: boolean;
} {
  return { endOfTurn: tokenizer.endOfTurn ?? [], hasTemplate: tokenizer.hasTemplate === true };
}

function textsOf({ specialTokens = new Map() }: Tokenizer, ids: readonly number[]): string[] {
  return [...specialTokens].flatMap(([text, id]) => (ids.includes(id) ? [text] : []));
}
