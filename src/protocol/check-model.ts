/** A request for a fresh adapter before it is sent or made. */
import { AepoError } from "../std/errors.ts";
import { checkInteger, LARGEST_SEED, SMALLEST_SEED } from "./limits.ts";

export interface ModelQuestion {
  readonly baseModel: string;
  /** 0: all weights, where a server can. */
  readonly rank: number;
  readonly seed?: number;
}

/** `leastRank`: 0 where all weights can be trained. */
export function checkModel({ baseModel, rank, seed }: ModelQuestion, leastRank: 0 | 1, mostRank: number): void {
  if (baseModel === "") throw new AepoError("policy", "base_model is empty", { expected: "the name of a model" });
  checkInteger(rank, "lora_config: rank", leastRank, mostRank);
  if (seed !== undefined) checkInteger(seed, "lora_config: seed", SMALLEST_SEED, LARGEST_SEED);
}
