/** What a policy moves between processor and device: bytes sent and received phase by phase, and where its tensors live. */
import type { HostTensor, Runtime } from "../../engine/runtime/runtime.ts";
import { modelConfigSchema } from "../config.ts";
import { policyGradientLoss, STEP } from "../conformance-learning.ts";
import { request, sampleAll } from "../conformance-sampling.ts";
import { embeddedPolicy } from "../embedded.ts";
import { loraSchema } from "../lora.ts";
import { parameterCount } from "../parameters.ts";
import { plainSequence } from "../plain-sequences.ts";
import type { Policy, SampleRequest } from "../policy.ts";

interface Traffic {
  sent: number;
  received: number;
}

export interface PhaseTraffic extends Readonly<Traffic> {
  readonly phase: "open" | "sample" | "sample shaped" | "accumulate" | "step" | "sample again";
  /** Resident bytes after it, and of these those on the device. */
  readonly tensorBytes: number;
  readonly deviceBytes: number;
  /** The tokens drawn in it. */
  readonly drawn: readonly (readonly number[])[];
}

const CONFIG = modelConfigSchema.parse({
  vocab_size: 600,
  hidden_size: 64,
  intermediate_size: 128,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 16,
  max_position_embeddings: 128,
});
export const WEIGHT_BYTES: number = 4 * parameterCount(CONFIG);

/** Tokens drawn in a phase that samples, and trained on in one that learns. */
export const DRAWN = 48;
export const TRAINED = 60;
const ROWS = 4;

/** Of training all weights, or adapters. */
export async function measureTraffic(runtime: Runtime, mode: "full" | "lora"): Promise<PhaseTraffic[]> {
  const meter: Traffic = { sent: 0, received: 0 };
  const lora = mode === "full" ? null : { lora: loraSchema.parse({ rank: 2, alpha: 4 }), seed: 1 };
  const policy = await embeddedPolicy({
    runtime: metered(runtime, meter),
    config: CONFIG,
    seed: 1,
    slots: ROWS,
    cacheTokens: 512,
    adapters: lora,
  });
  const phases: PhaseTraffic[] = [];
  const end = async (phase: PhaseTraffic["phase"], drawn: readonly (readonly number[])[] = []): Promise<void> => {
    const { tensorBytes, deviceBytes } = await runtime.usage();
    phases.push({ phase, ...meter, tensorBytes, deviceBytes, drawn });
    [meter.sent, meter.received] = [0, 0];
  };
  await end("open");
  await end("sample", await sample(policy, {}));
  await end("sample shaped", await sample(policy, { shaping: { topP: 0.9, repetitionPenalty: 1.2 } }));
  const trees = Array.from({ length: ROWS }, () => plainSequence(TRAINED / ROWS + 1, CONFIG.vocab_size));
  await policy.accumulate(trees, policyGradientLoss, 1);
  await end("accumulate");
  await policy.step(STEP);
  await end("step");
  await end("sample again", await sample(policy, {}));
  await policy.dispose();
  return phases;
}

async function sample(policy: Policy, changes: Partial<SampleRequest>): Promise<number[][]> {
  const sampler = policy.openSampler();
  const asked = Array.from({ length: ROWS }, (_, i) =>
    request(String(i), { seed: i, maxTokens: DRAWN / ROWS, ...changes }),
  );
  const samples = await sampleAll(sampler, asked);
  await sampler.close();
  return samples.toSorted((a, b) => Number(a.id) - Number(b.id)).map(({ ids }) => [...ids]);
}

/** Counts the numbers that go to the device and come back, whatever way. */
function metered(runtime: Runtime, meter: Traffic): Runtime {
  const bytes = ({ data }: HostTensor): number => data.byteLength;
  const sum = (tensors: readonly HostTensor[]): number => tensors.reduce((all, tensor) => all + bytes(tensor), 0);
  return {
    device: runtime.device,
    threads: runtime.threads,
    compile: (graph) => runtime.compile(graph),
    free: (...tensors) => runtime.free(...tensors),
    writeRows: (pool, slots, rows) => runtime.writeRows(pool, slots, rows),
    writeRowsInto: (slots, writes) => runtime.writeRowsInto(slots, writes),
    release: (program) => runtime.release(program),
    usage: () => runtime.usage(),
    close: () => runtime.close(),
    upload(tensor) {
      meter.sent += bytes(tensor);
      return runtime.upload(tensor);
    },
    async download(tensor) {
      const found = await runtime.download(tensor);
      meter.received += bytes(found);
      return found;
    },
    async run(program, inputs, keep) {
      meter.sent += sum(Object.values(inputs).filter((given) => "data" in given));
      const result = await runtime.run(program, inputs, keep);
      meter.received += sum(Object.values(result.host));
      return result;
    },
  };
}
