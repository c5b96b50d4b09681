/** The architectures of GGUF files that our transformer computes, and what tells their files apart. */
import type { ModelType } from "../../policy/families.ts";
export const ARCHITECTURES = ["llama", "qwen2", "qwen3"] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

export interface ArchitectureTraits {
  /** Rows of queries and keys are reordered in files, so that rotary embedding turns neighbours. */
  readonly reordersRows: boolean;
}

export const TRAITS: Readonly<Record<Architecture, ArchitectureTraits>> = {
  llama: { reordersRows: true },
  qwen2: { reordersRows: false },
  qwen3: { reordersRows: false },
};

/** Mistral is a Llama in these files. */
export const ARCHITECTURE_OF: Readonly<Record<ModelType, Architecture>> = {
  llama: "llama",
  mistral: "llama",
  qwen2: "qwen2",
  qwen3: "qwen3",
};
