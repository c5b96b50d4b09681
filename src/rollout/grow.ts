/**
 * Grows the trees of many questions in one sampler. Logical time (AEPO-R10): all tools called in a tick are awaited before
 * the next tick, so that the rows decoded together depend on seeds alone; `overlap` gives that up for slow tools.
 */
import type { Question } from "../envs/task.ts";
import type { Sample, Sampler } from "../policy/policy.ts";
import type { OpenCalls } from "./call-tool.ts";
import { type GrowthContext, QuestionGrowth } from "./question-growth.ts";
import type { RolloutTree } from "./tree.ts";

export interface GrowOptions extends Omit<GrowthContext, "name" | "pathTimeMs" | "calls"> {
  /** Stops the growth: running tool calls are aborted and the promise rejects with the reason. */
  readonly signal: AbortSignal;
  readonly sampler: Sampler;
  readonly questions: readonly Question[];
  /** Part of every random stream's name. */
  readonly name?: string;
  /** A question is started while fewer paths than this are open (default 96). */
  readonly inFlight?: number;
  /** Decode while tools run. */
  readonly overlap: boolean;
  readonly pathTimeMs?: number;
}

/** One tree a question, in the order of the questions. */
export async function growTrees(options: GrowOptions): Promise<RolloutTree[]> {
  const { name = "rollout", pathTimeMs = Number.POSITIVE_INFINITY, inFlight = 96 } = options;
  const calls: OpenCalls = new Set();
  const stop = (): void => calls.forEach((call) => call.abort(options.signal.reason));
  options.signal.addEventListener("abort", stop, { once: true });
  try {
    return await grow({ ...options, name, pathTimeMs, calls }, options, inFlight);
  } finally {
    options.signal.removeEventListener("abort", stop);
  }
}

async function grow(context: GrowthContext, options: GrowOptions, inFlight: number): Promise<RolloutTree[]> {
  const { sampler, questions } = options;
  const growths = questions.map((question, index) => new QuestionGrowth(context, question, index));
  const running = new Set<Promise<void>>();
  let [open, started] = [0, 0];
  const settle = async (growth: QuestionGrowth): Promise<void> => {
    for (const request of await growth.settle()) {
      sampler.submit(request);
      open++;
    }
  };
  for (;;) {
    options.signal.throwIfAborted();
    for (; started < growths.length && open + running.size < inFlight; started++) {
      for (const request of await (growths[started] as QuestionGrowth).begin()) {
        sampler.submit(request);
        open++;
      }
    }
    if (open === 0 && running.size === 0) break;
    const samples = open > 0 ? await sampler.next() : [];
    open -= samples.length;
    const tick = takeTick(growths, samples, settle);
    if (!options.overlap) {
      await tick;
      continue;
    }
    const tracked = tick.finally(() => running.delete(tracked));
    running.add(tracked);
    if (open === 0) await Promise.race(running);
  }
  return growths.map((growth) => growth.tree());
}

/** Takes the samples of a tick: turns first, then all tools at once, then outcomes and decisions in a fixed order. */
async function takeTick(
  growths: readonly QuestionGrowth[],
  samples: readonly Sample[],
  settle: (growth: QuestionGrowth) => Promise<void>,
): Promise<void> {
  const touched = new Set<number>();
  const calls = samples.map((sample) => {
    const index = Number(sample.id.split("/")[0]);
    touched.add(index);
    return growths[index]?.receive(sample) ?? null;
  });
  const outcomes = await Promise.all(calls.map(async (call) => call?.()));
  for (const apply of outcomes) await apply?.();
  for (const index of [...touched].sort((a, b) => a - b)) await settle(growths[index] as QuestionGrowth);
}
