/** What a question asks its sampler for: the next turn of a path, from random streams of its own (AEPO-R10). */
import type { SampleRequest } from "../policy/policy.ts";
import type { StopConditions } from "../policy/tokenizer.ts";
import { derivedSeed } from "../std/random.ts";
import type { QuestionContext } from "./growth-context.ts";
import type { LivePath } from "./live-path.ts";
import type { PathName } from "./wall-time.ts";

export function pathRequest(
  context: QuestionContext,
  stops: StopConditions,
  { id, name, ids, turns }: Pick<LivePath, "id" | "name" | "ids" | "turns">,
): SampleRequest {
  return request(context, stops, `${id}`, name, ids, turns.length);
}

/** `Departures.rootTokens`: a turn that is no path's. */
export function rootRequest(
  context: QuestionContext,
  stops: StopConditions,
  promptIds: readonly number[],
): SampleRequest {
  const turn = request(context, stops, "root", "root", promptIds, 0);
  return { ...turn, maxTokens: Math.min(turn.maxTokens, context.rules.departures?.rootTokens ?? turn.maxTokens) };
}

function request(
  context: QuestionContext,
  stops: StopConditions,
  id: string,
  stream: PathName | "root",
  ids: readonly number[],
  turn: number,
): SampleRequest {
  const { task, temperature, shaping, seed, name, step, streamName, index, rules } = context;
  const topLogprobs = rules.departures?.topK;
  return {
    id: `${index}/${id}`,
    ids,
    ...stops,
    maxTokens: task.limits.tokens - ids.length,
    temperature,
    ...(shaping === undefined ? {} : { shaping }),
    ...(topLogprobs === undefined ? {} : { topLogprobs }),
    seed: derivedSeed(seed, name, step, streamName, stream, turn),
    tree: `${name}/${step}/${index}`,
  };
}
