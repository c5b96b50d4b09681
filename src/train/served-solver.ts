/** Who answers suites: a model on a server, by its token ids as a model in this process; by a chat API where there are none. */
import { openChatModel } from "../eval/chat/openai-model.ts";
import { localSolver } from "../eval/local-solver.ts";
import type { SuiteAgent } from "../eval/suite-task.ts";
import type { FrozenPolicy } from "../policy/policy.ts";
import type { Clock } from "../std/clock.ts";
import { chatReady, type ReadySolver } from "./chat-ready.ts";
import { openServedModel, type OpenServedModel, type ServedModelRequest } from "./served-model.ts";
import { limited, plainTokenAgent } from "./suite-agent.ts";
import type { SuiteEvaluationConfig } from "./suite-config.ts";

export interface ServedSolverRequest extends Omit<ServedModelRequest, "options"> {
  readonly config: SuiteEvaluationConfig;
  readonly agent: SuiteAgent | null;
  readonly clock: Clock;
}

export async function servedSolver(request: ServedSolverRequest): Promise<ReadySolver> {
  const served = await openServedModel({ ...request, options: request.config.server });
  try {
    return served.policy === null
      ? await byChat(request, served)
      : byTokens(request, { ...served, policy: served.policy });
  } catch (thrown) {
    await served.close();
    throw thrown;
  }
}

function byTokens(
  { config, agent, clock }: ServedSolverRequest,
  { policy, tokenizer, description, options, close }: OpenServedModel & { readonly policy: FrozenPolicy },
): ReadySolver {
  const { temperature, shaping } = config.eval;
  const { seed, toolTimeoutMs } = config;
  const mostTokens = policy.info.maxSequenceTokens;
  // Each question is a lot of its own: the server decides what it computes together.
  const lots = { together: 1, concurrency: options.concurrency, billed: true };
  const solver = localSolver({
    policy,
    tokenizer,
    description,
    ...lots,
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

async function byChat(
  { config, agent, clock, server, apiKey, signal }: ServedSolverRequest,
  { name, description, options, close }: OpenServedModel,
): Promise<ReadySolver> {
  const model = await openChatModel({ url: server.url, apiKey, options: { ...options, model: name } }, signal);
  return chatReady({ model, description: `${description}, behind its chat API`, config, agent, clock, close });
}
