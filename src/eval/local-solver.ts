/**
 * Answers by a policy that samples tokens, in this process or on a server: whole paths, grown as in training. Each lot has a sampler of its own, so that what is decoded
 * together, and with it every bit, depends on the lot alone.
 */
import { encodePrompt } from "../chat/chat-prompt.ts";
import type { AnyTask, Question } from "../envs/task.ts";
import type { FrozenPolicy } from "../policy/policy.ts";
import type { Shaping } from "../policy/shaping.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import { gradePath } from "../rollout/grade-path.ts";
import { growTrees } from "../rollout/grow.ts";
import { isLost } from "../rollout/lost-paths.ts";
import { type Path, type RolloutTree, walk } from "../rollout/tree.ts";
import { wholeRollouts } from "../rollout/whole-rollouts.ts";
import type { Clock } from "../std/clock.ts";
import type { Solver } from "./solver.ts";
import type { Trajectory } from "./trajectory.ts";

export interface LocalSolverOptions {
  readonly policy: FrozenPolicy;
  readonly tokenizer: Tokenizer;
  readonly description: string;
  readonly together: number;
  /** Lots that are solved at a time (default 1). */
  readonly concurrency?: number;
  /** Whether tokens read and written are told as a server bills them (default: no). */
  readonly billed?: boolean;
  readonly temperature: number;
  readonly shaping: Shaping;
  readonly seed: number;
  readonly toolTimeoutMs: number;
  readonly clock: Clock;
  /** Gives the policy back. */
  close(): Promise<void>;
}

export function localSolver(options: LocalSolverOptions): Solver {
  const { description, together } = options;
  return {
    description,
    together,
    concurrency: options.concurrency ?? 1,
    solve: (task, questions, samples, signal) => solve(options, task, questions, samples, signal),
    close: () => options.close(),
  };
}

async function solve(
  { policy, tokenizer, temperature, shaping, seed, toolTimeoutMs, clock, billed = false }: LocalSolverOptions,
  task: AnyTask,
  questions: readonly Question[],
  samples: number,
  signal: AbortSignal,
): Promise<Trajectory[][]> {
  const lengths = questions.map((question) => encodePrompt(tokenizer, question).length);
  const fitting = questions.filter((_, i) => (lengths[i] ?? 0) < task.limits.tokens);
  const sampler = policy.openSampler();
  try {
    const trees = await growTrees({
      task,
      tokenizer,
      sampler,
      questions: fitting,
      rules: wholeRollouts(samples),
      seed,
      name: "eval",
      placeName: `eval/${task.name}`,
      step: 0,
      temperature,
      shaping,
      entropyDivisor: 1,
      overlap: false,
      toolTimeoutMs,
      clock,
      signal,
    });
    const grown = new Map(fitting.map((question, i) => [question, trees[i]]));
    return await Promise.all(
      questions.map(async (question, i) => {
        const tree = grown.get(question);
        if (tree !== undefined) return tree.paths.map((path) => trajectoryOf(tree, path, billed));
        const unread = await unreadable(task, question, lengths[i] ?? 0);
        return Array.from({ length: samples }, () => unread);
      }),
    );
  } finally {
    await sampler.close();
  }
}

/** A question that the limit of tokens leaves no room to answer. */
async function unreadable(task: AnyTask, question: Question, length: number): Promise<Trajectory> {
  const reward = await gradePath(task, question, { turns: [], results: [], calls: [], answer: null });
  const why = `the prompt alone has ${length} tokens`;
  return {
    turns: [],
    answer: null,
    end: "token-limit",
    why,
    reward,
    tokens: { written: 0, path: length, billed: null },
  };
}

function trajectoryOf(tree: RolloutTree, { leaf, end, reward }: Path, billed: boolean): Trajectory {
  const nodes = walk(tree, leaf);
  const action = nodes.at(-1)?.turn?.action;
  const written = nodes.reduce((sum, { turn }) => sum + (turn?.ids.length ?? 0), 0);
  const inserted = nodes.reduce((sum, { result }) => sum + (result?.ids.length ?? 0), 0);
  return {
    turns: nodes.map(({ turn, result }) => ({
      text: turn?.text ?? "",
      result:
        result === null ? null : { tool: result.tool, input: result.input, text: result.text, failed: result.failed },
    })),
    answer: action?.kind === "answer" ? action.text : null,
    end,
    ...(action?.kind === "invalid" ? { why: action.why } : isLost({ end }) ? { why: reward.failed ?? "" } : {}),
    reward,
    tokens: {
      written,
      path: tree.promptIds.length + written + inserted,
      billed: billed ? { input: readTokens(tree, nodes), output: written } : null,
    },
  };
}

/** Each turn is a request that brings all that was before it. */
function readTokens({ promptIds }: RolloutTree, nodes: ReturnType<typeof walk>): number {
  let [length, read] = [promptIds.length, 0];
  for (const { turn, result } of nodes) {
    if (turn !== null) read += length;
    length += (turn?.ids.length ?? 0) + (result?.ids.length ?? 0);
  }
  return read;
}
