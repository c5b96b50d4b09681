/** What a run would like an engine to be able to: each found out by trying, on the adapter that was trained to be thrown away. */
import { probeOptimizer } from "../../../remote/policy/probe/optimizer-effects.ts";
import { probeSequence } from "../../../remote/policy/probe/probe-datums.ts";
import { probeReduction } from "../../../remote/policy/probe/reduction-probe.ts";
import type { Reduction } from "../../../remote/policy/options.ts";
import { topTokens } from "../../../remote/policy/sampling/top-k-entropy.ts";
import type { RemoteModel } from "../../../remote/client/tinker-client.ts";
import { TinkerFailure } from "../../../remote/client/failure.ts";
import type { Check, Found } from "../finding.ts";
import { type EngineStage, PROBE_LIMITS, PROMPT } from "./remote-engine.ts";
import { samplersFound } from "./samplers-apart.ts";
import type { TrainingCheck } from "./training-check.ts";

/** What hosted servers and vLLM's default offer at most. */
const TOP_K = 20;

/** In this order: the last one leaves the adapter with other weights than it had. */
export function abilityChecks(stage: EngineStage, trained: TrainingCheck): Check<null>[] {
  const reduced: { by: Reduction | null } = { by: null };
  return [
    { name: "form", look: () => formFound(stage) },
    {
      name: "reduction",
      required: true,
      look: async () => {
        const { reduction, reportsNorm } = await probeReduction(
          stage.model,
          fresh(stage),
          probeSequence(PROBE_LIMITS),
          1,
        );
        reduced.by = reduction;
        return reductionFound(reduction, reportsNorm);
      },
    },
    { name: "optimiser", look: () => optimiserFound(stage, reduced.by) },
    { name: "top-k", thrown: "missing", look: () => topKFound(stage, trained) },
    { name: "several adapters", thrown: "missing", look: () => adaptersFound(stage) },
    { name: "routing", look: () => routingFound(stage) },
    { name: "samplers apart", look: () => samplersFound(stage, trained) },
  ];
}

function formFound({ client }: EngineStage): Found {
  const { wire } = client.ledger;
  const values = { wire };
  if (wire === "protobuf") return { state: "works", found: "training requests are read as protobuf", values };
  return {
    state: "works",
    found: "training requests are read as JSON, not as protobuf (longer, slower to read)",
    values,
  };
}

/** Models as they were made: for measures that a step would spoil. */
function fresh({ client, baseModel, rank, limits, signal }: EngineStage): () => Promise<RemoteModel> {
  return () => client.createModel({ baseModel, rank, limits, seed: 1 }, signal);
}

function reductionFound(reduction: Reduction, reportsNorm: boolean): Found {
  const words = { sum: "losses are summed", mean: "losses are means over tokens and sequences, which a run undoes" };
  const norm = reportsNorm ? "" : "; no gradient norm is reported";
  return { state: "works", found: words[reduction] + norm, values: { reduction, reportsNorm } };
}

async function optimiserFound({ model }: EngineStage, reduction: Reduction | null): Promise<Found> {
  if (reduction === null) return { state: "missing", found: "not looked at: how losses are reduced is not known" };
  const effects = await probeOptimizer({ model, sequence: probeSequence(PROBE_LIMITS), reduction, microBatch: 1 });
  if (effects === null) {
    return { state: "missing", found: "what it takes of a step is not known: it reports no gradient norm" };
  }
  const names = {
    epsilon: "epsilon",
    betas: "betas",
    weightDecay: "weight decay",
    maxGradientNorm: "gradient clip",
  } as const;
  const keys = Object.keys(names) as (keyof typeof names)[];
  const ignored = keys.filter((key) => !effects[key]).map((key) => names[key]);
  const values = { ...effects };
  if (ignored.length === 0) {
    return { state: "works", found: "epsilon, betas, weight decay and gradient clip of a step are honoured", values };
  }
  return {
    state: "missing",
    found: `ignored in a step: ${ignored.join(", ")}`,
    fix: "the server steps with its own: set them there; optimizer.maxGradientNorm: null in the recipe where the clip is ignored",
    values,
  };
}

async function topKFound({ signal, limits }: EngineStage, { sampler }: TrainingCheck): Promise<Found> {
  const k = Math.min(TOP_K, limits.vocabularySize);
  const refusal = await topTokens(sampler, { ids: PROMPT, count: PROMPT.length - 1, k }, { signal }).then(
    (found) => (found === null ? "an answer without them" : null),
    (thrown: unknown) => {
      if (thrown instanceof TinkerFailure && thrown.reason !== "expired" && thrown.reason !== "unreachable")
        return thrown.message;
      throw thrown;
    },
  );
  if (refusal === null) {
    return {
      state: "works",
      found: `the ${k} likeliest tokens of a prompt are reported: entropies from them`,
      values: { topK: k },
    };
  }
  return {
    state: "missing",
    found: `no likeliest tokens of a prompt: ${refusal.split("\n")[0] ?? ""}`,
    fix: "entropies are estimated by surprisal (AEPO-H4): enough to decide branches; algorithm.advantage.entropyWeight has to be 0, or entropyEstimate says surprisal",
    values: { topK: 0 },
  };
}

async function adaptersFound(stage: EngineStage): Promise<Found> {
  const second = await fresh(stage)();
  await second.unload();
  return { state: "works", found: "a second adapter was loaded beside the first", values: { several: true } };
}

function routingFound({ client }: EngineStage): Found {
  const { routesTrees } = client.server;
  if (routesTrees)
    return { state: "works", found: "requests of one tree are sent under one routing number", values: { routesTrees } };
  return {
    state: "missing",
    found: "each request has a number of its own: whether the server routes by it is not known",
    fix: "with one replica nothing is lost; with several, prefixes are cached where the server's own router puts them",
    values: { routesTrees },
  };
}
