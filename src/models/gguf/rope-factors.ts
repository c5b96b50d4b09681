/**
 * Llama 3's scaling of the rotary frequencies. GGUF files hold no parameters of it, only what each frequency is divided by, as a
 * tensor: the parameters are recognised by computing that tensor again. Files of ours say them as well.
 */
import { type RopeScaling, ropeScalingSchema, rotaryFrequencies } from "../../policy/rope.ts";
import { AepoError } from "../../std/errors.ts";
import type { Metadata } from "./metadata.ts";

/** JSON of the config's `rope_scaling`, in files of ours. */
export const ROPE_SCALING_KEY = "aepo.rope_scaling";

/** What each frequency is divided by: one number for two of a head's. */
export function ropeFactors(headWidth: number, theta: number, scaling: RopeScaling): Float32Array {
  const half = headWidth / 2;
  const plain = rotaryFrequencies(half, theta, null);
  return Float32Array.from(rotaryFrequencies(half, theta, scaling), (scaled, i) => (plain[i] ?? 0) / scaled);
}

/** The scaling that gives these factors. Throws if neither the metadata nor what Llama 3 models use does. */
export function recognisedScaling(
  factors: Float32Array,
  headWidth: number,
  theta: number,
  metadata: Metadata,
): RopeScaling {
  const candidates = [...scalingInMetadata(metadata), ...LLAMA_3];
  const found = candidates.find((scaling) => agree(factors, ropeFactors(headWidth, theta, scaling)));
  if (found !== undefined) return found;
  throw new AepoError(
    "policy",
    `${metadata.source}: the factors of rope_freqs.weight are not those of a known scaling of the rotary embedding`,
    {
      expected: candidates.map((scaling) => JSON.stringify(scaling)).join(" or "),
      exists: `${factors.length} factors, ${factors[0]} to ${factors.at(-1)}`,
      fix: "open the model's Hugging Face folder, whose config.json has the parameters",
    },
  );
}

/** Llama 3.1, 3.2 and 3.3. */
const LLAMA_3: readonly RopeScaling[] = [8, 32].map((factor) => ({
  rope_type: "llama3",
  factor,
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 8192,
}));

function scalingInMetadata(metadata: Metadata): RopeScaling[] {
  const text = metadata.text(ROPE_SCALING_KEY);
  if (text === undefined) return [];
  try {
    return [ropeScalingSchema.parse(JSON.parse(text))];
  } catch (cause) {
    throw new AepoError("policy", `${metadata.source}: "${ROPE_SCALING_KEY}" is not a rope_scaling of config.json`, {
      exists: text.slice(0, 80),
      cause,
    });
  }
}

/** The factors are float32, computed in float32 by some. */
const TOLERANCE = 1e-4;

function agree(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((x, i) => Math.abs(x / (b[i] ?? 0) - 1) < TOLERANCE);
}
