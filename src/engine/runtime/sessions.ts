/**
 * Compiled sessions by graph key. The least recently used is released beyond the limit; its model bytes stay, so it is
 * compiled again when needed.
 */
import { InferenceSession } from "onnxruntime-node";
import { AepoError, messageOf } from "../../std/errors.ts";
import { KeptMemory } from "./kept-memory.ts";
import type { OrtOptions } from "./ort-options.ts";

interface Model {
  readonly bytes: Uint8Array;
  readonly largestBytes: number;
}

export class SessionCache {
  private readonly options: OrtOptions;
  private readonly models = new Map<string, Model>();
  /** In order of use, the oldest first. The key includes the outputs that stay on a GPU. */
  private readonly sessions = new Map<string, InferenceSession>();
  private readonly kept = new KeptMemory();

  constructor(options: OrtOptions) {
    this.options = options;
  }

  get size(): number {
    return this.sessions.size;
  }

  has(key: string): boolean {
    return this.models.has(key);
  }

  async load(key: string, bytes: Uint8Array, largestBytes: number): Promise<void> {
    const model = { bytes, largestBytes };
    this.models.set(key, model);
    // Where outputs can stay on the device the session also depends on what is kept: it is made at the first run.
    if (this.options.device !== "webgpu" && !this.sessions.has(key)) await this.create(key, model, []);
  }

  /** The session of a loaded model, for one run; `kept` names the outputs that are to stay where they are computed. */
  async get(key: string, kept: readonly string[]): Promise<InferenceSession> {
    const model = this.models.get(key);
    if (model === undefined) throw new AepoError("engine", "the program was compiled by another runtime");
    const inHostMemory = this.options.device !== "webgpu";
    const id = inHostMemory ? key : `${key} ${[...kept].sort().join(" ")}`;
    if (inHostMemory && this.kept.claims(id, model.largestBytes)) await this.moveArenaTo(id);
    const known = this.sessions.get(id);
    if (known === undefined) return this.create(id, model, kept);
    this.sessions.delete(id);
    this.sessions.set(id, known);
    return known;
  }

  async release(key: string): Promise<void> {
    const ids = [...this.sessions.keys()].filter((id) => id === key || id.startsWith(`${key} `));
    for (const id of ids) await this.drop(id);
  }

  async clear(): Promise<void> {
    await this.shrinkTo(0);
    this.models.clear();
  }

  private async shrinkTo(count: number): Promise<void> {
    for (const id of this.sessions.keys()) {
      if (this.sessions.size <= count) return;
      await this.drop(id);
    }
  }

  private async create(id: string, { bytes }: Model, kept: readonly string[]): Promise<InferenceSession> {
    await this.shrinkTo(this.options.maxSessions - 1);
    const session = await createSession(bytes, this.options, { kept, arena: id === this.kept.holder });
    this.sessions.set(id, session);
    return session;
  }

  private async drop(id: string): Promise<void> {
    const session = this.sessions.get(id);
    this.sessions.delete(id);
    await session?.release();
  }

  /** The session and the holder before it are compiled again, the one with an arena, the other without. */
  private async moveArenaTo(id: string): Promise<void> {
    const { holder } = this.kept;
    if (holder === id) return;
    if (holder !== undefined) await this.drop(holder);
    await this.drop(id);
    this.kept.moveTo(id);
  }
}

const NEEDS = {
  webgpu: "webgpu needs a driver for Vulkan, Metal or Direct3D 12; without one use the device cpu",
  cuda: "cuda needs Linux on x64, CUDA 12 with cuDNN 9, and onnxruntime-node installed with its CUDA libraries (see the README); otherwise use webgpu or cpu",
} as const;

async function createSession(
  model: Uint8Array,
  options: OrtOptions,
  { kept, arena }: { readonly kept: readonly string[]; readonly arena: boolean },
): Promise<InferenceSession> {
  const sessionOptions: InferenceSession.SessionOptions = {
    executionProviders: [options.device],
    intraOpNumThreads: options.threads,
    // The plan is simplified already: ONNX Runtime's own passes took as long as the rest of the creation and gained nothing.
    graphOptimizationLevel: options.device === "cpu" ? "disabled" : "basic",
    // Without an arena each, sessions share the heap: a session at rest holds no working memory (100 MB for 1M parameters and
    // 1,000 tokens with it), and without a fixed pattern a run touches less memory: 20 % faster at 8M parameters.
    enableCpuMemArena: arena,
    enableMemPattern: false,
    // Fatal only: every error is thrown to the caller.
    logSeverityLevel: 4,
    // Idle threads of one session must not take the cores from another: spin only across the gaps between kernels.
    extra: {
      session: {
        intra_op: { spin_duration_us: "200" },
        force_spinning_stop: "1",
        // The exponential of a masked score is a denormal, which Intel's cores take a hundred cycles for: softmax was 8 times slower.
        set_denormal_as_zero: "1",
      },
    },
    ...(options.device === "webgpu" && kept.length > 0
      ? {
          preferredOutputLocation: Object.fromEntries(kept.map((name) => [name, "gpu-buffer" as const])),
        }
      : {}),
  };
  try {
    return await InferenceSession.create(model, sessionOptions);
  } catch (error) {
    throw new AepoError(
      "engine",
      `onnxruntime could not compile the graph for ${options.device}: ${messageOf(error)}`,
      {
        ...(options.device === "cpu" ? {} : { fix: NEEDS[options.device] }),
        cause: error,
      },
    );
  }
}
