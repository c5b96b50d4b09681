/**
 * Which model adapters stand beside. Adapters are worth nothing with another one, so a checkpoint of adapters says where its
 * base was and what it was: a fingerprint of its numbers, which names nothing of the machine and survives a move.
 */
import { z } from "zod";
import { ContentHash } from "../engine/hash.ts";
import { AepoError, messageOf } from "../std/errors.ts";
import type { ModelConfig } from "./config.ts";
import { parameterShapes } from "./parameters.ts";
import type { TensorReader } from "./tensor-reader.ts";

export const BASE_MODEL = "base_model.json";

const baseModelSchema = z.strictObject({
  /** As in a recipe's `policy.checkpoint`; null if the policy was opened by hand. */
  checkpoint: z.string().nullable(),
  fingerprint: z.string(),
});
export type BaseModel = z.infer<typeof baseModelSchema>;

export function baseModelToJson(base: BaseModel): string {
  return `${JSON.stringify(base, null, 2)}\n`;
}

export function baseModelFromJson(text: string): BaseModel {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (thrown) {
    throw new AepoError("policy", `${BASE_MODEL} is not JSON: ${messageOf(thrown)}`, { cause: thrown });
  }
  const parsed = baseModelSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new AepoError(
    "policy",
    `${BASE_MODEL} is not valid: ${parsed.error.issues.map(({ message }) => message).join("; ")}`,
    {
      expected: "checkpoint and fingerprint",
    },
  );
}

/** Throws unless `found`, which a checkpoint of adapters names, is the model at hand. */
export function checkBaseModel(found: BaseModel, atHand: BaseModel): void {
  if (found.fingerprint === atHand.fingerprint) return;
  const show = ({ checkpoint, fingerprint }: BaseModel): string =>
    `${checkpoint ?? "a model"} with fingerprint ${fingerprint}`;
  throw new AepoError("policy", "the adapters were trained beside another base model", {
    expected: show(found),
    exists: show(atHand),
    fix: "set policy.checkpoint to the model they were trained beside, unchanged since",
  });
}

/** Numbers of each tensor that are looked at: another training of the same model changes practically all of them. */
const LOOKED_AT = 1024;

/** A reader that fingerprints the model that is read through it, in any order; null before the whole of it was. */
export function fingerprintingReader(
  config: ModelConfig,
  reader: TensorReader,
): TensorReader & { fingerprint(): string | null } {
  const digests = new Map<string, string | null>(parameterShapes(config).map(({ name }) => [name, null]));
  return {
    shapes: reader.shapes,
    async read(name) {
      const data = await reader.read(name);
      if (digests.get(name) === null) digests.set(name, digestOf(data));
      return data;
    },
    fingerprint() {
      const hash = new ContentHash();
      for (const [name, digest] of digests) {
        if (digest === null) return null;
        hash.text(name).text(digest);
      }
      return hash.digest();
    },
  };
}

/** The base at hand, named `checkpoint`; the last tensor read rejects if it is not the model that `wanted` was. */
export function guardedReader(config: ModelConfig, base: TensorReader, wanted: BaseModel): TensorReader {
  const reader = fingerprintingReader(config, base);
  return {
    shapes: base.shapes,
    async read(name) {
      const data = await reader.read(name);
      const fingerprint = reader.fingerprint();
      if (fingerprint !== null) checkBaseModel(wanted, { checkpoint: wanted.checkpoint, fingerprint });
      return data;
    },
  };
}

function digestOf(data: Float32Array): string {
  const hash = new ContentHash().word(data.length);
  const bits = new Int32Array(data.buffer, data.byteOffset, data.length);
  const step = Math.max(1, Math.floor(data.length / LOOKED_AT));
  for (let i = 0; i < bits.length; i += step) hash.word(bits[i] ?? 0);
  return hash.digest();
}
