/** One mode of the simulation, in this process alone: what the client cost, what the engine did, what the trees were. */
import { algorithmSchema, makeAlgorithm } from "../../src/algorithm/list.ts";
import type { Algorithm } from "../../src/algorithm/algorithm.ts";
import { openRuntime } from "../../src/engine/runtime/node.ts";
import { Programs } from "../../src/policy/programs.ts";
import { openTinkerClient } from "../../src/remote/client/open-client.ts";
import type { ClientLedger } from "../../src/remote/client/tinker-client.ts";
import { openRemotePolicy } from "../../src/remote/policy/open-remote-policy.ts";
import { type ClientCost, watchClient } from "../client-watch.ts";
import type { EngineFigures } from "../simulated-engine/engine.ts";
import { sixtyFourGpus } from "../simulated-engine/settings.ts";
import { startSimulatedEngine } from "../simulated-engine/start.ts";
import type { Mode } from "./modes.ts";
import { grow, type StepParts, type TreeFigures, treeFigures, update } from "./step.ts";
import { simulatedTask } from "./task.ts";

export interface ModeRun {
  readonly mode: Mode;
  readonly questions: number;
  readonly groupSize: number;
  readonly speedup: number;
}

export interface Phase {
  readonly client: ClientCost;
  readonly engine: EngineFigures;
  readonly ledger: ClientLedger;
}

export interface ModeResult extends ModeRun {
  /** Rollouts; with the update beside them where the mode overlaps both. */
  readonly rollouts: Phase;
  /** The update alone; null where it ran beside the rollouts. */
  readonly update: Phase | null;
  readonly trees: TreeFigures;
  readonly trainedTokens: number;
}

const CONCURRENT = 8192;

export async function runMode(run: ModeRun): Promise<ModeResult> {
  const { mode, questions, groupSize, speedup } = run;
  const simulated = simulatedTask(speedup);
  const settings = sixtyFourGpus(speedup, simulated.text);
  const server = await startSimulatedEngine(settings);
  const runtime = await openRuntime({ threads: 1 });
  const client = await openTinkerClient({
    url: server.url,
    routing: mode.routing,
    concurrentSamples: CONCURRENT,
    connections: 64,
    samplersApart: true,
  });
  const policy = await openRemotePolicy({
    client,
    baseModel: settings.model.name,
    rank: 32,
    seed: 1,
    limits: { vocabularySize: simulated.text.vocabulary, maxSequenceTokens: 40_960 },
    programs: new Programs(runtime),
    tokenBytes: (id) => simulated.tokenizer.bytes(id),
    reduction: "sum",
    entropy: "surprisal",
    samplersApart: true,
    overlap: mode.overlap,
  });
  try {
    const algorithm = algorithmOf(mode, groupSize, simulated.task);
    const parts: StepParts = {
      policy,
      algorithm,
      simulated,
      questions,
      inFlight: questions * groupSize,
      overlap: mode.overlap,
    };
    const measured = async <T>(work: () => Promise<T>): Promise<{ readonly phase: Phase; readonly value: T }> => {
      const [engine, ledger, stop] = [await server.figures(), client.ledger, watchClient()];
      const value = await work();
      const cost = stop();
      return {
        value,
        phase: {
          client: cost,
          engine: difference(await server.figures(), engine),
          ledger: difference(client.ledger, ledger),
        },
      };
    };
    if (!mode.offPolicy) {
      const grown = await measured(() => grow(parts, 1));
      const updated = await measured(() => update(parts, grown.value, 1));
      return {
        ...run,
        rollouts: grown.phase,
        update: updated.phase,
        trees: treeFigures(grown.value),
        trainedTokens: updated.value,
      };
    }
    const before = await grow(parts, 1);
    // The sampler is opened first: it has the weights from before the update.
    const both = await measured(() => Promise.all([grow(parts, 2), update(parts, before, 1)]));
    const [trees, trainedTokens] = both.value;
    return { ...run, rollouts: both.phase, update: null, trees: treeFigures(trees), trainedTokens };
  } finally {
    await policy.dispose();
    await client.close();
    await runtime.close();
    server.stop();
  }
}

function algorithmOf({ algorithm }: Mode, groupSize: number, task: Parameters<typeof makeAlgorithm>[1]): Algorithm {
  const options =
    algorithm === "grpo"
      ? { name: "grpo", groupSize }
      : { name: "aepo", groupSize, ...(algorithm === "aepo" ? {} : { budget: { premonitor: false } }) };
  return makeAlgorithm(algorithmSchema.parse(options), task);
}

/** Counters of a phase; means and states are those at its end. */
function difference<T extends object>(after: T, before: T): T {
  const entries = Object.entries(after).map(([key, value]) => {
    const earlier = (before as Readonly<Record<string, unknown>>)[key];
    const counts =
      typeof value === "number" &&
      typeof earlier === "number" &&
      !["meanBatch", "samplesRunning", "samplesWaiting"].includes(key);
    return [key, counts ? value - earlier : value];
  });
  return Object.fromEntries(entries) as T;
}
