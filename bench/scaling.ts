/**
 * `npm run bench -- scaling`: our client against a simulated engine of 64 GPUs, whose time passes `--speedup` times as fast (default 4):
 * 256 questions × 16 rollouts of ten tool calls of 1 to 30 s. What the client costs, what the engine does with its time in each mode,
 * and what shared prefixes save. Every figure of docs/scaling.md is one of these.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { note, rounded, row } from "./output.ts";
import { MODES } from "./scaling/modes.ts";
import type { ModeResult, ModeRun, Phase } from "./scaling/run-mode.ts";
import { sixtyFourGpus, type EngineSettings } from "./simulated-engine/settings.ts";
import { simulatedTask } from "./scaling/task.ts";

export interface ScalingOptions {
  /** Questions of a step (default 256). */
  readonly count: number | undefined;
  readonly speedup: number;
  /** Modes whose name contains this. */
  readonly mode: string;
}

const QUESTIONS = 256;
const GROUP = 16;

export async function benchScaling({ count = QUESTIONS, speedup, mode }: ScalingOptions): Promise<object> {
  const engine = sixtyFourGpus(speedup, simulatedTask(speedup).text);
  const results: object[] = [];
  for (const each of MODES.filter(({ name }) => name.includes(mode))) {
    note(`${each.name}: ${count} questions × ${GROUP} rollouts, simulated time passes ${speedup} times as fast`);
    const result = await inProcess({ mode: each, questions: count, groupSize: GROUP, speedup });
    results.push(report(result, engine));
  }
  return { scaling: { engine: engine.name, questions: count, groupSize: GROUP, speedup, modes: results } };
}

function inProcess(run: ModeRun): Promise<ModeResult> {
  const main = fileURLToPath(new URL("./scaling/main.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", main, JSON.stringify(run)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let out = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once("close", (code) =>
      code === 0 ? resolve(JSON.parse(out) as ModeResult) : reject(new Error(`${run.mode.name}: exit code ${code}`)),
    );
  });
}

function report(result: ModeResult, engine: EngineSettings): object {
  const { mode, rollouts, update, trees, speedup } = result;
  const phases = update === null ? [rollouts] : [rollouts, update];
  const step = phases.reduce((sum, { engine: { simulatedMs } }) => sum + simulatedMs, 0) / 1000;
  const busy = phases.reduce((sum, { engine: { samplingMs, trainingMs } }) => sum + samplingMs + trainingMs, 0);
  const figures = {
    mode: mode.name,
    stepSeconds: rounded(step),
    rolloutSeconds: rounded(rollouts.engine.simulatedMs / 1000),
    updateSeconds: update === null ? null : rounded(update.engine.simulatedMs / 1000),
    /** Share of the GPUs' time in which they sampled or trained. */
    busy: rounded(busy / (1000 * step * engine.gpus)),
    samplingBusy: rounded(rollouts.engine.samplingMs / (rollouts.engine.simulatedMs * engine.gpus)),
    meanBatch: rounded(rollouts.engine.meanBatch),
    tokensPerSecond: rounded((1000 * rollouts.engine.decodedTokens) / rollouts.engine.simulatedMs),
    ofFullSpeed: rounded(rollouts.engine.decodedTokens / ((rollouts.engine.simulatedMs / 1000) * fullSpeed(engine))),
    ...clientFigures("rollout", rollouts, speedup),
    ...(update === null ? {} : clientFigures("update", update, speedup)),
    clientCpuUsPerSampledToken: rounded((1e6 * rollouts.client.cpuSeconds) / rollouts.engine.decodedTokens),
    paths: trees.paths,
    lostPaths: trees.lostPaths,
    failedSamples: rollouts.engine.failedSamples,
    ...savings(result, engine),
  };
  for (const [name, value] of Object.entries(figures)) row(`  ${name}`, value === null ? "–" : String(value));
  return figures;
}

/** As a run would see them, whose time passes as it does: processor time is not compressed, so its share is divided. */
function clientFigures(name: string, { client, ledger, engine }: Phase, speedup: number): object {
  const share = client.cpuSeconds / (engine.simulatedMs / 1000);
  return {
    [`${name}CpuSeconds`]: rounded(client.cpuSeconds),
    [`${name}CpuShare`]: rounded(share),
    [`${name}CpuShareCompressed`]: rounded(share * speedup),
    [`${name}LagMs`]: [client.lagMs.median, client.lagMs.p99, client.lagMs.most].map(rounded),
    [`${name}PeakMiB`]: Math.round(client.rssMiB.peak),
    [`${name}RiseMiB`]: Math.round(client.rssMiB.peak - client.rssMiB.before),
    [`${name}Requests`]: ledger.requests,
    [`${name}Retries`]: ledger.retries,
    [`${name}MegabytesSent`]: rounded(ledger.bytesSent / 1e6),
    [`${name}MegabytesReceived`]: rounded(ledger.bytesReceived / 1e6),
  };
}

/** What is not computed twice, in tokens, and the time of GPUs it would have taken. */
function savings({ rollouts, trees, trainedTokens }: ModeResult, engine: EngineSettings): object {
  const { cachedTokens, prefilledTokens, samplingMs, decodedTokens } = rollouts.engine;
  const gpuHours = (ms: number): number => ms / 3_600_000;
  const prefillMs = (2 * engine.model.parameters * cachedTokens) / engine.gpu.prefillFlopsPerMs;
  return {
    generatedTokens: trees.generated,
    sharedTokens: trees.shared,
    generatedSaved: rounded(trees.shared / (trees.generated + trees.shared)),
    generatedSavedGpuHours: rounded(gpuHours((trees.shared * samplingMs) / decodedTokens)),
    toolCallsSaved: trees.toolCallsSaved,
    promptTokens: cachedTokens + prefilledTokens,
    promptCached: rounded(cachedTokens / (cachedTokens + prefilledTokens)),
    promptSavedGpuHours: rounded(gpuHours(prefillMs)),
    trainedTokens,
    /** What one pass a tree would take instead of one a path. */
    treeTokensOfPathTokens: rounded(trees.treeTokens / trees.pathTokens),
  };
}

/** Tokens a second of all GPUs with caches full of paths of mean length. */
function fullSpeed({ gpus, gpu, model }: EngineSettings): number {
  const batch = Math.min(gpu.mostSequences, gpu.cacheTokens / MEAN_LENGTH);
  const reading = (model.weightBytes + batch * MEAN_LENGTH * model.cacheBytesPerToken) / gpu.bytesPerMs;
  const stepMs = gpu.stepOverheadMs + reading + (2 * model.parameters * batch) / gpu.decodeFlopsPerMs;
  return (1000 * gpus * batch) / stepMs;
}

/** Half of what a path has at its end. */
const MEAN_LENGTH = 3000;
