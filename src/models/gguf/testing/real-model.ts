/** A real pretrained model and what transformers computes with it: shared material beside the repository, not part of it. */
import { existsSync, readFileSync } from "node:fs";

const FOLDER = "../shared/data/models/smollm2-135m-instruct";
export const REAL_MODEL: string = `${FOLDER}/SmolLM2-135M-Instruct.Q4_1.gguf`;
export const hasRealModel: boolean = existsSync(REAL_MODEL);

export interface RealGolden {
  readonly scored: readonly {
    readonly text: string;
    readonly ids: readonly number[];
    readonly idsPlain?: readonly number[];
    readonly decoded: string;
    readonly logprobs?: readonly number[];
    readonly entropies?: readonly number[];
    /** Of the last position. */
    readonly lastLogitsTop8?: { readonly ids: readonly number[]; readonly logits: readonly number[] };
  }[];
  readonly chats: readonly {
    readonly messages: readonly { readonly role: string; readonly content: string }[];
    readonly prompt: string;
    readonly ids: readonly number[];
    readonly greedy: readonly number[];
  }[];
  /** Of the mean next-token loss on one text. */
  readonly gradient: {
    readonly text: string;
    readonly loss: number;
    readonly tensors: Readonly<
      Record<string, { readonly norm: number; readonly first4: readonly number[]; readonly maxAbs: number }>
    >;
  };
}

export function realGolden(): RealGolden {
  return JSON.parse(readFileSync(`${FOLDER}/golden.json`, "utf8")) as RealGolden;
}

/** For the name of a suite. */
export const SKIPPED: string = hasRealModel ? "" : ` (skipped: no ${REAL_MODEL})`;
