/**
 * `npm run bench -- remote`: what our client of the Tinker protocol costs itself, against a server in a process of its own that answers
 * at once. 1,000 paths are in the air together and grow turn by turn; then datums are sent to be trained on, in both forms. Processor time
 * of this process alone, and its memory, which has a limit: beyond it the exit code is 1.
 */
import { openTinkerClient } from "../src/remote/client/open-client.ts";
import type { RemoteModel, RemoteSampler, TinkerClient } from "../src/remote/client/tinker-client.ts";
import type { Datum } from "../src/protocol/in-memory.ts";
import { randomStream } from "../src/std/random.ts";
import { type ClientCost, watchClient } from "./client-watch.ts";
import { note, rounded, row } from "./output.ts";
import { instantEngine, type TextSettings } from "./simulated-engine/settings.ts";
import { startSimulatedEngine } from "./simulated-engine/start.ts";
import { median } from "./timing.ts";

export interface RemoteBenchOptions {
  readonly paths: number | undefined;
  readonly rounds: number;
}

const PATHS = 1000;
const TURNS = 4;
const PROMPT = 512;
const RESULT = 64;
const TURN = 256;
const DATUMS = 256;
const DATUM = 1024;
const LIMITS = { vocabularySize: 152_000, maxSequenceTokens: 40_960 };

/** Memory above that of a process with the client open: of a path its tokens twice over, requests and answers in the air, garbage. */
const MOST_RISE_MIB = 512;

/** Ids as long as those of a real vocabulary; turns of one length. */
const TEXT: TextSettings = {
  vocabulary: LIMITS.vocabularySize,
  think: [151_000, 151_001],
  call: [151_002, 151_003],
  answer: [151_004, 151_005],
  words: [1000, 150_000],
  calls: 1_000_000,
  turnTokens: { median: TURN, spread: 0, least: TURN, most: TURN },
};

/** What the server answers in, and is sent where it reads both. */
type Wire = "json" | "protobuf";

export async function benchRemote({ paths = PATHS, rounds }: RemoteBenchOptions): Promise<object> {
  const server = await startSimulatedEngine(instantEngine(TEXT));
  try {
    const forms: object[] = [];
    for (const wire of ["json", "protobuf"] as const) {
      const work = async (client: TinkerClient): Promise<object> => ({
        wire,
        sampling: await benchSampling(client, wire, paths, rounds),
        training: await benchTraining(client, wire, rounds),
      });
      forms.push(await withClient(server.url, wire, paths, work));
    }
    return { remote: { paths, forms } };
  } finally {
    server.stop();
  }
}

async function withClient<T>(
  url: string,
  wire: Wire,
  paths: number,
  work: (client: TinkerClient) => Promise<T>,
): Promise<T> {
  const client = await openTinkerClient({ url, wire, concurrentSamples: paths, connections: 64, samplersApart: true });
  return work(client).finally(() => client.close());
}

interface Round {
  readonly cost: ClientCost;
  readonly tokens: number;
  readonly requests: number;
  readonly bytes: number;
}

async function benchSampling(client: TinkerClient, wire: Wire, paths: number, rounds: number): Promise<object> {
  const sampler = await client.createSampler({ baseModel: client.server.models[0]?.name ?? "", limits: LIMITS });
  await round(client, () => growAll(sampler, Math.min(paths, 100), "warm-up"));
  const done: Round[] = [];
  for (let i = 0; i < rounds; i++) done.push(await round(client, () => growAll(sampler, paths, `round ${i}`)));
  const of = (figure: (one: Round) => number): number => median(done.map(figure));
  const rise = Math.max(...done.map(({ cost: { rssMiB } }) => rssMiB.peak)) - (done[0]?.cost.rssMiB.before ?? 0);
  const samples = paths * TURNS;
  const figures = {
    sampledTokens: done[0]?.tokens ?? 0,
    cpuUsPerSampledToken: rounded(of(({ cost, tokens }) => (1e6 * cost.cpuSeconds) / tokens)),
    cpuMsPerSample: rounded(of(({ cost }) => (1000 * cost.cpuSeconds) / samples)),
    requestsPerSample: rounded(of(({ requests }) => requests / samples)),
    bytesPerSampledToken: rounded(of(({ bytes, tokens }) => bytes / tokens)),
    tokensPerSecond: rounded(of(({ cost, tokens }) => tokens / cost.seconds)),
    lagP99Ms: rounded(of(({ cost }) => cost.lagMs.p99)),
    riseMiB: Math.round(rise),
    mostRiseMiB: MOST_RISE_MIB,
    bounded: rise <= MOST_RISE_MIB,
  };
  row(`sampling, ${wire}`, "a token, µs", "a sample, ms", "tokens/s", "rise, MiB");
  row(
    `${paths} paths × ${TURNS} turns of ${TURN}`,
    figures.cpuUsPerSampledToken,
    figures.cpuMsPerSample,
    figures.tokensPerSecond,
    figures.riseMiB,
  );
  if (!figures.bounded) {
    note(`memory rose by ${figures.riseMiB} MiB, and ${MOST_RISE_MIB} are allowed`);
    process.exitCode = 1;
  }
  return figures;
}

/** Every path writes its turns one after the other; all paths at once. Resolves to the tokens sampled. */
async function growAll(sampler: RemoteSampler, paths: number, name: string): Promise<number> {
  const grown = Array.from({ length: paths }, async (_, path) => {
    const random = randomStream(1, name, path);
    const ids = Array.from({ length: PROMPT }, () => 1000 + random.integer(150_000));
    let sampled = 0;
    for (let turn = 0; turn < TURNS; turn++) {
      const params = { maxTokens: TURN, temperature: 1, seed: 1 + path * TURNS + turn, stop: [151_003] };
      const { sequences } = await sampler.sample({ prompt: ids, count: 1, params });
      const { tokens = [] } = sequences[0] ?? {};
      sampled += tokens.length;
      ids.push(...tokens, ...Array.from({ length: RESULT }, () => 1000 + random.integer(150_000)));
    }
    return sampled;
  });
  return (await Promise.all(grown)).reduce((sum, tokens) => sum + tokens, 0);
}

async function benchTraining(client: TinkerClient, wire: Wire, rounds: number): Promise<object> {
  const { models } = client.server;
  const model = await client.createModel({ baseModel: models[0]?.name ?? "", rank: 32, seed: 1, limits: LIMITS });
  const data = Array.from({ length: DATUMS }, (_, i) => datum(i));
  await round(client, () => train(model, data.slice(0, 32)));
  const done: Round[] = [];
  for (let i = 0; i < rounds; i++) done.push(await round(client, () => train(model, data)));
  const of = (figure: (one: Round) => number): number => median(done.map(figure));
  const figures = {
    datums: DATUMS,
    tokensPerDatum: DATUM,
    cpuMsPerDatum: rounded(of(({ cost }) => (1000 * cost.cpuSeconds) / DATUMS)),
    cpuUsPerTrainedToken: rounded(of(({ cost, tokens }) => (1e6 * cost.cpuSeconds) / tokens)),
    bytesPerTrainedToken: rounded(of(({ bytes, tokens }) => bytes / tokens)),
    riseMiB: Math.round(
      Math.max(...done.map(({ cost: { rssMiB } }) => rssMiB.peak)) - (done[0]?.cost.rssMiB.before ?? 0),
    ),
    lagP99Ms: rounded(of(({ cost }) => cost.lagMs.p99)),
  };
  row(`training, ${wire}`, "a datum, ms", "a token, µs", "bytes a token", "rise, MiB");
  row(
    `${DATUMS} datums of ${DATUM} tokens`,
    figures.cpuMsPerDatum,
    figures.cpuUsPerTrainedToken,
    figures.bytesPerTrainedToken,
    figures.riseMiB,
  );
  return figures;
}

async function train(model: RemoteModel, data: readonly Datum[]): Promise<number> {
  const { outputs } = await model.forwardBackward(data, { name: "importance_sampling" });
  return outputs.reduce((sum, { logprobs }) => sum + logprobs.length, 0);
}

function datum(index: number): Datum {
  const random = randomStream(1, "datum", index);
  const ids = Array.from({ length: DATUM + 1 }, () => 1000 + random.integer(150_000));
  const floats = (): Float32Array => Float32Array.from({ length: DATUM }, () => -random.uniform());
  return { tokens: ids.slice(0, -1), targetTokens: ids.slice(1), logprobs: floats(), advantages: floats() };
}

async function round(client: TinkerClient, work: () => Promise<number>): Promise<Round> {
  const [before, stop] = [client.ledger, watchClient()];
  const tokens = await work();
  const [cost, after] = [stop(), client.ledger];
  const traffic = after.bytesSent - before.bytesSent + after.bytesReceived - before.bytesReceived;
  return { cost, tokens, requests: after.requests - before.requests, bytes: traffic };
}
