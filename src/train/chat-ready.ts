/** A solver behind a chat API with the agent that fits it. */
import type { ChatModel } from "../eval/chat/chat-model.ts";
import { chatSolver } from "../eval/chat/chat-solver.ts";
import { serverOptionsSchema, TURN_TOKENS } from "../eval/chat/server-options.ts";
import { callsInText, chatDialect } from "../eval/chat/turn-texts.ts";
import type { Solver } from "../eval/solver.ts";
import type { SuiteAgent } from "../eval/suite-task.ts";
import type { Clock } from "../std/clock.ts";
import { limited, plainSuiteAgent } from "./suite-agent.ts";
import type { SuiteEvaluationConfig } from "./suite-config.ts";

export interface ReadySolver {
  readonly solver: Solver;
  readonly agent: SuiteAgent;
  /** Longest path that can be answered; null: the server says no. */
  readonly mostTokens: number | null;
}

export interface ChatReadyRequest {
  readonly model: ChatModel;
  /** Of the model, for results (default: its name). */
  readonly description?: string;
  readonly config: SuiteEvaluationConfig;
  /** Of a recipe; null: plain questions without tools. */
  readonly agent: SuiteAgent | null;
  readonly clock: Clock;
  close(): Promise<void>;
}

export function chatReady({ model, description, config, agent, clock, close }: ChatReadyRequest): ReadySolver {
  const options = config.server ?? serverOptionsSchema.parse({});
  const { temperature, shaping } = config.eval;
  const solver = chatSolver({
    model,
    description: description ?? `${model.name} behind a chat API`,
    concurrency: options.concurrency,
    temperature,
    topP: shaping.topP ?? null,
    turnTokens: options.turnTokens ?? TURN_TOKENS,
    toolTimeoutMs: config.toolTimeoutMs,
    seed: config.seed,
    clock,
  });
  const base = agent ?? plainSuiteAgent(config, chatDialect, true, null);
  // Calls come as data, whatever the model writes; but for the paper's tags, which are no chat API's.
  const dialect = callsInText(base.dialect) ? base.dialect : chatDialect;
  return { solver: { ...solver, close }, agent: { ...limited(base, config), dialect }, mostTokens: null };
}
