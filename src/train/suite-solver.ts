/** Who answers: a checkpoint in this process or a model server, with the agent that fits it. Contradictory settings end here. */
import { existsSync } from "node:fs";
import { basename } from "node:path";
import { openChatModel } from "../eval/chat/openai-model.ts";
import { serverOptionsSchema } from "../eval/chat/server-options.ts";
import { localSolver } from "../eval/local-solver.ts";
import type { SuiteAgent } from "../eval/suite-task.ts";
import { shapingWords } from "../policy/shaping.ts";
import { runLayout } from "../run/layout.ts";
import type { Clock } from "../std/clock.ts";
import { AepoError } from "../std/errors.ts";
import { chatReady, type ReadySolver } from "./chat-ready.ts";
import { checkpointFolder } from "./checkpoint-folder.ts";
import { policySchema } from "./config.ts";
import { openPolicy } from "./open.ts";
import type { ServerTarget } from "./served-model.ts";
import { servedSolver } from "./served-solver.ts";
import { limited, plainTokenAgent } from "./suite-agent.ts";
import type { SuiteEvaluationConfig } from "./suite-config.ts";

export interface SolverRequest {
  readonly model: string;
  readonly config: SuiteEvaluationConfig;
  /** Of a recipe; null: plain questions without tools. */
  readonly agent: SuiteAgent | null;
  /** Of a server that wants one (`serverKey`). */
  readonly apiKey: string | null;
  /** Where the model is served that is asked by its token ids. */
  readonly server?: ServerTarget;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  onWarning?(text: string): void;
}

export function isServer(model: string): boolean {
  return /^https?:\/\//i.test(model);
}

export async function openSolver(request: SolverRequest): Promise<ReadySolver> {
  checkSettings(request);
  if (request.server !== undefined) return servedSolver({ ...request, server: request.server });
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
  const asked = agent ?? plainTokenAgent(config, tokenizer, mostTokens);
  return { solver, agent: limited(asked, config), mostTokens };
}

async function serverSolver({ model: url, config, agent, apiKey, clock, signal }: SolverRequest): Promise<ReadySolver> {
  const options = config.server ?? serverOptionsSchema.parse({});
  const model = await openChatModel({ url, apiKey, options }, signal);
  return chatReady({ model, config, agent, clock, close: () => Promise.resolve() });
}

/** Of a run folder, which of its checkpoints: another one may be the best tomorrow. */
function chosenCheckpoint(model: string): string[] {
  return existsSync(runLayout(model).checkpoints) ? [basename(checkpointFolder(model))] : [];
}

/** Of a model whose tokens are computed elsewhere. */
function checkServed({ model, config }: SolverRequest): void {
  if (isServer(model)) {
    throw new AepoError("usage", `${model} beside --server: both are servers`, {
      expected: "a run, a checkpoint or a model: its tokenizer and its task",
      fix: `give the server alone (aepo eval ${model} --suite NAME), which is then asked as a chat API`,
    });
  }
  if (config.policy !== undefined) throw noEffect("policy", "a model on a server: it has its own");
  if (config.eval.together !== undefined) throw noEffect("eval.together", "a model server (server.concurrency has)");
}

function noEffect(field: string, why: string): AepoError {
  return new AepoError("config", `${field}: has no effect on ${why}`, { fix: `leave ${field} out` });
}

function checkSettings(request: SolverRequest): void {
  const { model, config, agent } = request;
  const { eval: attempts, policy, server, system, limits } = config;
  if (request.server !== undefined) checkServed(request);
  else if (isServer(model)) {
    for (const field of ["cacheSalt", "sessionHeader"] as const) {
      if (server?.[field] !== undefined)
        throw noEffect(`server.${field}`, "a chat API (--server URL asks by token ids)");
    }
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
