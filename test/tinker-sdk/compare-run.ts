/** What the SDK saw over the protocol, against the same run on the embedded engine without a server between. */
import { clamp, exp, minimum, mul, neg, stopGradient, sub, sum } from "../../src/engine/ops.ts";
import type { Value } from "../../src/engine/value.ts";
import { openRuntime } from "../../src/engine/runtime/node.ts";
import { embeddedPolicy, type EmbeddedPolicy } from "../../src/policy/embedded.ts";
import { loraSchema } from "../../src/policy/lora.ts";
import type { Loss, LossInputs } from "../../src/policy/loss.ts";
import type { LossTree } from "../../src/policy/policy.ts";
import { TINY_TINKER, type TinyTinker } from "../../src/serve/tinker/testing/tiny-tinker.ts";
import { sftLoss } from "../../src/train/sft-loss.ts";

/** As train.py prints it. */
export interface RunOfSdk {
  readonly sdk: string;
  readonly losses: readonly number[];
  readonly norms: readonly number[];
  readonly tuned: Rows;
  readonly samples: readonly { readonly tokens: readonly number[]; readonly logprobs: readonly number[] }[];
  readonly prompt_logprobs: readonly (number | null)[];
  readonly topk_prompt_logprobs: readonly (readonly (readonly [number, number])[] | null)[];
  readonly advantages: readonly number[];
  readonly reinforced: Readonly<Record<"importance_sampling" | "ppo" | "cispo", Rows>>;
  readonly after_reinforcement: Rows;
  readonly custom: { readonly loss: number; readonly logprobs: Rows } | null;
  readonly final: Rows;
  readonly restored: Rows;
  readonly state: string;
  readonly checkpoints: readonly string[];
  readonly plain: readonly (number | null)[];
}

type Rows = readonly (readonly number[])[];

export interface RunReport {
  readonly sdk: string;
  readonly passed: boolean;
  readonly lossBefore: number;
  readonly lossAfter: number;
  /** Largest difference of a log-probability, loss or relative norm from the embedded engine's, and where. */
  readonly worst: number;
  readonly worstAt: string;
  readonly customLoss: "compared" | "skipped: no torch";
  readonly compressed?: boolean;
  readonly seconds?: number;
}

const TOLERANCE = 1e-4;
/** Those of train.py. */
const SEQUENCES = [
  [3, 1, 4, 1, 5, 9, 2, 6, 5, 3],
  [2, 7, 1, 8, 2, 8],
  [31, 4, 15, 9, 26, 5, 35, 8],
];
const PROMPT = [3, 1, 4];
const ADAM = { learningRate: 0.01, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.01, maxGradientNorm: 1 };

const ratios = ({ logprobs_N, oldLogprobs_N }: LossInputs): Value => exp(sub(logprobs_N, oldLogprobs_N));
const REINFORCING: Readonly<Record<keyof RunOfSdk["reinforced"], (inputs: LossInputs) => Value>> = {
  importance_sampling: (inputs) => mul(ratios(inputs), inputs.advantages_N),
  ppo: (inputs) => {
    const { advantages_N } = inputs;
    return minimum(mul(ratios(inputs), advantages_N), mul(clamp(ratios(inputs), 0.8, 1.2), advantages_N));
  },
  cispo: (inputs) => mul(mul(stopGradient(clamp(ratios(inputs), 0.8, 1.2)), inputs.advantages_N), inputs.logprobs_N),
};

/** Every difference by what it is of. */
class Differences {
  readonly found = new Map<string, number>();

  rows(what: string, rows: Rows, wanted: readonly (readonly number[] | Float32Array)[]): void {
    for (const [i, row] of rows.entries()) {
      const other = wanted[i] ?? [];
      if (row.length !== other.length) this.add(`${what}: length`, Number.POSITIVE_INFINITY);
      for (const [t, x] of row.entries()) this.add(what, Math.abs(x - (other[t] ?? Number.NaN)));
    }
    if (rows.length !== wanted.length) this.add(`${what}: rows`, Number.POSITIVE_INFINITY);
  }

  add(what: string, difference: number): void {
    const x = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
    this.found.set(what, Math.max(this.found.get(what) ?? 0, x));
  }

  get worst(): readonly [string, number] {
    return [...this.found].reduce((worst, one) => (one[1] > worst[1] ? one : worst), ["nothing", 0]);
  }
}

export async function compareRun(run: RunOfSdk, tiny: TinyTinker): Promise<RunReport> {
  const runtime = await openRuntime({ threads: 1 });
  const lora = loraSchema.parse({ rank: 4, alpha: 32 });
  // A base of its own, from the same numbers.
  const policy = await embeddedPolicy({ runtime, config: TINY_TINKER, seed: 3, adapters: { lora, seed: 7 } });
  const differences = new Differences();
  try {
    await compareTuning(run, policy, differences);
    await compareSamples(run, policy, differences);
    await compareReinforcement(run, policy, differences);
    if (run.custom !== null) await compareCustom(run.custom, policy, differences);
    differences.rows("final", run.final, await scored(policy));
    differences.rows("restored", run.restored, run.final);
    const [plain] = await tiny.base.bare.score([{ ids: SEQUENCES[0] ?? [], temperature: 1 }]);
    differences.rows("base model", [run.plain.slice(1).map(Number)], [plain?.logprobs ?? []]);
  } finally {
    await policy.dispose();
    await runtime.close();
  }
  if (!run.checkpoints.includes(run.state)) differences.add("the saved state is listed", Number.POSITIVE_INFINITY);
  const [worstAt, worst] = differences.worst;
  const [before, after] = [run.losses[0] ?? 0, run.losses.at(-1) ?? Number.POSITIVE_INFINITY];
  return {
    sdk: run.sdk,
    passed: worst <= TOLERANCE && after < before,
    lossBefore: before,
    lossAfter: after,
    worst,
    worstAt,
    customLoss: run.custom === null ? "skipped: no torch" : "compared",
  };
}

async function compareTuning(run: RunOfSdk, policy: EmbeddedPolicy, differences: Differences): Promise<void> {
  const trees = SEQUENCES.map((ids) => chain(ids, { weights: ids.slice(1).map((_, i) => (i === 0 ? 0 : 1)) }));
  for (const [step, loss] of run.losses.entries()) {
    const report = await policy.accumulate(trees, sftLoss, 1);
    const { gradientNorm } = await policy.step(ADAM);
    differences.add("loss of a step", Math.abs(loss - report.loss));
    const norm = gradientNorm ?? Number.NaN;
    differences.add("gradient norm, relative", Math.abs((run.norms[step] ?? Number.NaN) - norm) / norm);
  }
  differences.rows("tuned", run.tuned, await scored(policy));
}

/** The sampler was saved at this point. */
async function compareSamples(run: RunOfSdk, policy: EmbeddedPolicy, differences: Differences): Promise<void> {
  const scores = await policy.score(run.samples.map(({ tokens }) => ({ ids: [...PROMPT, ...tokens], temperature: 1 })));
  const drawn = scores.map(({ logprobs }) => logprobs.subarray(PROMPT.length - 1));
  differences.rows(
    "sampled",
    run.samples.map(({ logprobs }) => logprobs),
    drawn,
  );
  const [prompt] = await policy.score([{ ids: PROMPT, temperature: 1 }]);
  differences.rows("prompt", [run.prompt_logprobs.slice(1).map(Number)], [prompt?.logprobs ?? []]);
  const likeliest = await policy.topLogprobs(PROMPT, 3);
  for (const [i, top] of run.topk_prompt_logprobs.slice(1).entries()) {
    const wanted = likeliest[i] ?? [];
    if (top?.some(([id], k) => id !== wanted[k]?.id) !== false) differences.add("likeliest", Number.POSITIVE_INFINITY);
    differences.rows("likeliest", [top?.map(([, x]) => x) ?? []], [wanted.map(({ logprob }) => logprob)]);
  }
}

async function compareReinforcement(run: RunOfSdk, policy: EmbeddedPolicy, differences: Differences): Promise<void> {
  const prompt = PROMPT.slice(1).map(() => 0);
  const trees = run.samples.map(({ tokens, logprobs }, i) =>
    chain([...PROMPT, ...tokens], {
      oldLogprobs: [...prompt, ...logprobs],
      advantages: [...prompt, ...tokens.map(() => run.advantages[i] ?? 0)],
    }),
  );
  for (const name of ["importance_sampling", "ppo", "cispo"] as const) {
    const report = await policy.accumulate(trees, summed(name, REINFORCING[name]), 1);
    await policy.step(ADAM);
    differences.rows(name, run.reinforced[name], report.logprobs);
  }
  differences.rows("after reinforcement", run.after_reinforcement, await scored(policy));
}

/** train.py's loss: Σ exp(log π)·c, with c from −1 to 1 along each sequence. */
async function compareCustom(
  custom: NonNullable<RunOfSdk["custom"]>,
  policy: EmbeddedPolicy,
  differences: Differences,
): Promise<void> {
  const trees = SEQUENCES.map((ids) => {
    const last = ids.length - 2;
    return chain(ids, { advantages: ids.slice(1).map((_, i) => -(-1 + (2 * i) / last)) });
  });
  const pull = summed("pull", ({ logprobs_N, advantages_N }) => mul(exp(logprobs_N), advantages_N));
  const report = await policy.accumulate(trees, pull, 1);
  await policy.step(ADAM);
  differences.add("custom loss", Math.abs(custom.loss - report.loss));
  differences.rows("after the custom loss", custom.logprobs, await scored(policy));
}

function summed(name: string, term: (inputs: LossInputs) => Value): Loss {
  return { key: `demo ${name}`, build: (inputs) => neg(sum(mul(term(inputs), inputs.weights_N), [0])) };
}

function chain(
  ids: readonly number[],
  arrays: Partial<Record<"weights" | "oldLogprobs" | "advantages", readonly number[]>>,
): LossTree {
  const count = ids.length - 1;
  const of = (name: keyof typeof arrays, absent: number): Float32Array =>
    Float32Array.from({ length: count }, (_, i) => arrays[name]?.[i] ?? absent);
  return {
    ids: Int32Array.from(ids),
    parents: Int32Array.from(ids, (_, i) => i - 1),
    paths: [
      {
        leaf: count,
        tokens: Int32Array.from({ length: count }, (_, i) => i + 1),
        oldLogprobs: of("oldLogprobs", 0),
        advantages: of("advantages", 0),
        weights: of("weights", 1),
      },
    ],
  };
}

async function scored(policy: EmbeddedPolicy): Promise<readonly Float32Array[]> {
  return (await policy.score(SEQUENCES.map((ids) => ({ ids, temperature: 1 })))).map(({ logprobs }) => logprobs);
}
