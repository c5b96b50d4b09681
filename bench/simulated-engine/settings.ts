/**
 * What a simulated engine is made of. Every number says where it is from: a data sheet, a measurement in this repository, or an
 * assumption. All times are of the simulated engine; `speedup` of them pass in one real millisecond.
 */

export interface EngineSettings {
  readonly name: string;
  /** Simulated milliseconds a real one. */
  readonly speedup: number;
  readonly gpus: number;
  readonly gpu: GpuSettings;
  readonly model: ModelSettings;
  readonly service: ServiceSettings;
  readonly faults: FaultSettings;
  readonly text: TextSettings;
}

/** One replica of the model a GPU. */
export interface GpuSettings {
  /** Bytes a millisecond from memory, and floating-point operations a millisecond, as they are reached. */
  readonly bytesPerMs: number;
  readonly prefillFlopsPerMs: number;
  readonly decodeFlopsPerMs: number;
  readonly trainingFlopsPerMs: number;
  /** Of each decoding step, whatever the batch. */
  readonly stepOverheadMs: number;
  /** Tokens whose keys and values fit beside the weights. */
  readonly cacheTokens: number;
  readonly mostSequences: number;
}

export interface ModelSettings {
  readonly name: string;
  readonly parameters: number;
  readonly weightBytes: number;
  readonly cacheBytesPerToken: number;
}

export interface ServiceSettings {
  /** Between client and server, there and back. */
  readonly roundTripMs: number;
  /** The engine looks for work this often. */
  readonly pollMs: number;
  /** Of an optimiser step, and of bringing an adapter to all replicas. */
  readonly optimStepMs: number;
  readonly syncMs: number;
  /** Whether it reads and writes protobuf. */
  readonly protobuf: boolean;
  /** How long a poll is held (real time, as the client's patience is). */
  readonly holdPollMs: number;
}

export interface FaultSettings {
  /** Shares of requests: answered with 503; cut before the server reads them; cut when it has. */
  readonly unavailable: number;
  readonly cutBefore: number;
  readonly cutAfter: number;
  /** Share of samples that the engine fails for good. */
  readonly failedSamples: number;
  /** A replica that dies once, with all that it holds. */
  readonly death: { readonly replica: number; readonly atMs: number; readonly forMs: number } | null;
}

/** What is written: turns of words that end with a call, and in the last one with the answer. Token ids. */
export interface TextSettings {
  readonly vocabulary: number;
  readonly think: readonly [number, number];
  readonly call: readonly [number, number];
  readonly answer: readonly [number, number];
  /** Ids of words, from, and how many. */
  readonly words: readonly [number, number];
  readonly calls: number;
  /** Tokens of a turn: log-normal of this median and spread, within bounds. */
  readonly turnTokens: {
    readonly median: number;
    readonly spread: number;
    readonly least: number;
    readonly most: number;
  };
}

export const NO_FAULTS: FaultSettings = { unavailable: 0, cutBefore: 0, cutAfter: 0, failedSamples: 0, death: null };

/** NVIDIA's data sheet of the H100 SXM: 3.35 TB/s, 989 TFLOPS dense in bfloat16, 80 GB. */
const H100 = { bytesPerMs: 3.35e9, flopsPerMs: 989e9, bytes: 80e9 };

/** Qwen3-8B's config.json: 36 layers, 8 key/value heads of 128, bfloat16; 8.2e9 parameters. */
const QWEN3_8B: ModelSettings = {
  name: "Qwen/Qwen3-8B",
  parameters: 8.2e9,
  weightBytes: 2 * 8.2e9,
  cacheBytesPerToken: 36 * 2 * 8 * 128 * 2,
};

/** Assumed: what well-tuned servers reach of the data sheet, rounded to the worse side; and what is left of memory. */
const REACHED = { bandwidth: 0.6, prefill: 0.5, decode: 0.4, training: 0.35, memory: 0.85 };

/** 64 H100s, one replica of the model each, that sample and train in turns. */
export function sixtyFourGpus(speedup: number, text: TextSettings): EngineSettings {
  return {
    name: "64 H100, Qwen3-8B",
    speedup,
    gpus: 64,
    gpu: {
      bytesPerMs: REACHED.bandwidth * H100.bytesPerMs,
      prefillFlopsPerMs: REACHED.prefill * H100.flopsPerMs,
      decodeFlopsPerMs: REACHED.decode * H100.flopsPerMs,
      trainingFlopsPerMs: REACHED.training * H100.flopsPerMs,
      stepOverheadMs: 2,
      cacheTokens: Math.floor((REACHED.memory * H100.bytes - QWEN3_8B.weightBytes) / QWEN3_8B.cacheBytesPerToken),
      mostSequences: 256,
    },
    model: QWEN3_8B,
    service: {
      // Assumed: another city.
      roundTripMs: 20,
      // SkyRL's engine loop, measured.
      pollMs: 100,
      // Assumed: adapters are small, the step waits for the slowest GPU.
      optimStepMs: 500,
      syncMs: 2000,
      protobuf: true,
      holdPollMs: 30_000,
    },
    faults: {
      // Assumed, a bad day: of 100 requests one meets some trouble between.
      unavailable: 0.005,
      cutBefore: 0.002,
      cutAfter: 0.002,
      failedSamples: 0.0005,
      // 419 interruptions in 54 days of 16,384 GPUs (Llama 3) are one a month on 64; here one comes in every step.
      death: { replica: 7, atMs: 120_000, forMs: 60_000 },
    },
    text,
  };
}

/** Answers at once and never fails: what is left is the client's own time. */
export function instantEngine(text: TextSettings): EngineSettings {
  return {
    name: "instant",
    speedup: 1,
    gpus: 0,
    gpu: {
      bytesPerMs: 1,
      prefillFlopsPerMs: 1,
      decodeFlopsPerMs: 1,
      trainingFlopsPerMs: 1,
      stepOverheadMs: 0,
      cacheTokens: 0,
      mostSequences: 0,
    },
    model: QWEN3_8B,
    service: { roundTripMs: 0, pollMs: 0, optimStepMs: 0, syncMs: 0, protobuf: true, holdPollMs: 30_000 },
    faults: NO_FAULTS,
    text,
  };
}
