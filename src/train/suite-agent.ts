/** How questions are asked: by the agent of a recipe, or plainly in a form that fits the model; within the limits that were set. */
import { plainAgent } from "../eval/plain-agent.ts";
import type { SuiteAgent } from "../eval/suite-task.ts";
import { lineTagDialect } from "../envs/dialects/tags.ts";
import { wholeTurnDialect } from "../envs/dialects/whole-turn.ts";
import type { Dialect, Limits } from "../envs/task.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import type { SuiteEvaluationConfig } from "./suite-config.ts";

const PLAIN_LIMITS = { tokens: 2048, calls: 8 } as const;

export function plainSuiteAgent(
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

export function limited(agent: SuiteAgent, { limits: { tokens, calls, turns } }: SuiteEvaluationConfig): SuiteAgent {
  const most = calls ?? agent.limits.calls;
  const turnsAtMost = turns ?? (calls === undefined ? agent.limits.turns : calls + 1);
  return { ...agent, limits: { tokens: tokens ?? agent.limits.tokens, calls: most, turns: turnsAtMost } };
}

/** Of a model whose tokens are known. */
export function plainTokenAgent(config: SuiteEvaluationConfig, tokenizer: Tokenizer, mostTokens: number): SuiteAgent {
  const { endOfTurn, hasTemplate } = chatOf(tokenizer);
  const dialect = hasTemplate ? wholeTurnDialect(textsOf(tokenizer, endOfTurn)) : lineTagDialect;
  return plainSuiteAgent(config, dialect, hasTemplate, mostTokens);
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
