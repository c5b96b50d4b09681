/**
 * Frequencies of the rotary embedding, one a pair of a head's numbers, in radians a position. Scaled ones reach further
 * than the model was first trained for: `linear` slows all of them, `llama3` the slow ones only.
 */
import { z } from "zod";

const above0 = z.number().positive();

export const ropeScalingSchema = z.discriminatedUnion("rope_type", [
  z.strictObject({ rope_type: z.literal("linear"), factor: above0 }),
  z.strictObject({
    rope_type: z.literal("llama3"),
    factor: above0,
    low_freq_factor: above0,
    high_freq_factor: above0,
    original_max_position_embeddings: above0,
  }),
]);

export type RopeScaling = z.output<typeof ropeScalingSchema>;

/** theta^(−i / half) for i = 0 … half − 1, scaled. */
export function rotaryFrequencies(half: number, theta: number, scaling: RopeScaling | null): number[] {
  const scale = scaling === null ? (x: number): number => x : SCALE[scaling.rope_type](scaling as never);
  return Array.from({ length: half }, (_, i) => scale(theta ** (-i / half)));
}

type Scale = (frequency: number) => number;

const SCALE: { readonly [T in RopeScaling["rope_type"]]: (scaling: Extract<RopeScaling, { rope_type: T }>) => Scale } =
  {
    linear:
      ({ factor }) =>
      (frequency) =>
        frequency / factor,
    // Frequencies of fewer than `low` turns over the original length are slowed, of more than `high` kept, between them both.
    llama3: ({ factor, low_freq_factor: low, high_freq_factor: high, original_max_position_embeddings: length }) => {
      return (frequency) => {
        const turns = (length * frequency) / (2 * Math.PI);
        const kept = Math.min(1, Math.max(0, (turns - low) / (high - low)));
        return frequency * (kept + (1 - kept) / factor);
      };
    },
  };
