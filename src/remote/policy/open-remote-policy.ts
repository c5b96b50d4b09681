/**
 * A policy that lives on a server of the Tinker protocol: the same contract as the embedded engine. What the server does with a
 * loss and with the settings of a step is found out first; every request then takes its place in the order of the calls here.
 */
import type { FrozenPolicy, PolicyInfo, Score, ScoreRequest } from "../../policy/policy.ts";
import { AepoError, messageOf } from "../../std/errors.ts";
import type { BlobStore } from "../../policy/blob-store.ts";
import { writeAdapterFiles } from "./checkpoint/adapter-files.ts";
import { loadFailure, readRemoteCheckpoint, writeRemoteCheckpoint } from "./checkpoint/remote-checkpoint.ts";
import { currentLogprobs } from "./current-logprobs.ts";
import { LiveModel } from "./live-model.ts";
import type { RemotePolicy, RemotePolicyOptions } from "./options.ts";
import { scoredSequence } from "./path-sequences.ts";
import { examineServer, type Examined } from "./probe/examine-server.ts";
import { topKOffered } from "./probe/likeliest-tokens.ts";
import { checkClipping, ignoredSettings } from "./probe/step-settings.ts";
import { RemoteLearner } from "./remote-learner.ts";
import { checkScoreRequest, remoteSnapshot } from "./remote-snapshot.ts";
import { PhaseSampler, type PhaseOptions } from "./sampling/phase-sampler.ts";

/** Rejects if the server has another model, or cannot do what the options ask for. */
export async function openRemotePolicy(options: RemotePolicyOptions): Promise<RemotePolicy> {
  const { client, baseModel, rank, seed, limits, optimizer, signal } = options;
  const topK = await topKOffered(options);
  const examined = await examineServer(options);
  if (optimizer !== undefined) {
    checkClipping(optimizer, examined.effects);
    const ignored = ignoredSettings(optimizer, examined.effects);
    if (ignored !== null) options.onNotice?.(ignored);
  }
  const live = await LiveModel.open(() => client.createModel({ baseModel, rank, seed, limits }, signal));
  return new ServerPolicy(options, live, examined, topK);
}

class ServerPolicy implements RemotePolicy {
  readonly info: PolicyInfo;
  readonly reduction: RemotePolicy["reduction"];
  private readonly options: RemotePolicyOptions;
  private readonly live: LiveModel;
  private readonly learner: RemoteLearner;
  private readonly phase: PhaseOptions;
  private checkpoints = 0;
  private givesAdapters = true;

  constructor(options: RemotePolicyOptions, live: LiveModel, { reduction, effects }: Examined, topK: number | null) {
    const {
      limits,
      microBatch = 1,
      programs,
      maxTokens = "powersOfTwo",
      overlap = false,
      tokenBytes,
      signal,
    } = options;
    this.options = options;
    this.live = live;
    this.reduction = reduction;
    this.info = infoOf(options, live.baseModel, topK);
    const checkStep = checkClipping;
    this.learner = new RemoteLearner({
      live,
      programs,
      limits,
      reduction,
      microBatch,
      checkStep: (step) => checkStep(step, effects),
    });
    this.phase = {
      limits,
      maxTokens,
      topK,
      overlap,
      info: this.info,
      ...(tokenBytes === undefined ? {} : { tokenBytes }),
      ...(signal === undefined ? {} : { signal }),
    };
  }

  get modelId(): string {
    return this.live.id;
  }

  openSampler(): PhaseSampler {
    return new PhaseSampler(this.live.sampler(), this.phase);
  }

  async score(requests: readonly ScoreRequest[]): Promise<readonly Score[]> {
    for (const request of requests) checkScoreRequest(request, this.info);
    const long = requests.filter(({ ids }) => ids.length > 1);
    const sequences = long.map(({ ids }) => scoredSequence(ids));
    const found = await currentLogprobs(this.live.current, sequences, this.options.microBatch ?? 1);
    const scores = new Map(long.map((request, i) => [request, found[i] ?? new Float32Array()]));
    return requests.map((request) => {
      const logprobs = scores.get(request) ?? new Float32Array();
      return { logprobs, entropies: logprobs.map((logprob) => -logprob) };
    });
  }

  accumulate: RemotePolicy["accumulate"] = (trees, loss, temperature) =>
    this.learner.accumulate(trees, loss, temperature);

  step: RemotePolicy["step"] = (step) => this.learner.step(step);

  async save(store: BlobStore): Promise<void> {
    const name = `aepo-${this.checkpoints++}`;
    const path = await this.live.current.saveWeights(name);
    const { rank } = this.options;
    await writeRemoteCheckpoint(store, { path, baseModel: this.live.baseModel, rank, reduction: this.reduction });
    await this.saveAdapter(store, name);
  }

  async load(store: BlobStore): Promise<void> {
    const { baseModel } = this.live;
    const { path } = await readRemoteCheckpoint(store, { baseModel, rank: this.options.rank });
    this.learner.drop();
    await this.live.load(path).catch((thrown: unknown) => {
      throw loadFailure(path, thrown);
    });
  }

  async snapshot(): Promise<FrozenPolicy> {
    const { client, limits, baseModel, samplersApart = false, signal } = this.options;
    const options = { phase: this.phase, ...(signal === undefined ? {} : { signal }) };
    if (this.live.isInitial) return remoteSnapshot(await client.createSampler({ baseModel, limits }, signal), options);
    if (samplersApart) return remoteSnapshot(await this.live.sampler(), options);
    throw new AepoError(
      "policy",
      "this server cannot keep a copy of weights that were trained while training goes on",
      {
        expected: "a snapshot before the first step (that is the base model), or a server that keeps samplers apart",
        fix: "if the server does (hosted, aepo serve --protocol tinker), say so: policy.samplersApart: true",
      },
    );
  }

  async dispose(): Promise<void> {
    await this.live.unload();
  }

  /** Where the server gives it away; if it does not, the checkpoint is on the server alone, which is said once. */
  private async saveAdapter(store: BlobStore, name: string): Promise<void> {
    const { local, client, signal, onNotice } = this.options;
    if (local === undefined || !this.givesAdapters) return;
    try {
      const { path } = await this.live.current.saveForSampler({ name: `${name}-adapter` });
      if (path === null) throw new AepoError("policy", "the server keeps no sampler weights");
      await writeAdapterFiles(store, await client.downloadArchive(path, signal), local);
    } catch (thrown) {
      if (!(thrown instanceof AepoError)) throw thrown;
      this.givesAdapters = false;
      onNotice?.(`checkpoints are on the server alone, without the adapter's files: ${messageOf(thrown)}`);
    }
  }
}

function infoOf(
  { client, limits, rank, samplersApart, concurrentSamples }: RemotePolicyOptions,
  model: string,
  topK: number | null,
): PolicyInfo {
  return {
    description: `${model} with adapters of rank ${rank}, on ${client.baseUrl}`,
    vocabularySize: limits.vocabularySize,
    maxSequenceTokens: limits.maxSequenceTokens,
    entropy: topK === null ? "surprisal" : "topK",
    logprobTemperature: 1,
    shaping: false,
    topLogprobs: topK ?? 0,
    countsReuse: false,
    keepsWeights: samplersApart ?? false,
    ...(concurrentSamples === undefined ? {} : { requestsAtOnce: concurrentSamples }),
  };
}
