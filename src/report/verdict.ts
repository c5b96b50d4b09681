/** How the pictures of a tree say what became of a path. */
import type { Reward } from "../envs/task.ts";

export interface Verdict {
  readonly sign: "✓" | "✕" | "?";
  readonly word: "right" | "wrong" | "not judged";
  /** Null where there is none: the path could not be judged. */
  readonly reward: number | null;
  /** Why it could not be judged. */
  readonly why: string;
}

export function verdictOf({ correct, total, failed }: Reward): Verdict {
  if (failed !== undefined) return { sign: "?", word: "not judged", reward: null, why: failed };
  return {
    ...(correct ? ({ sign: "✓", word: "right" } as const) : ({ sign: "✕", word: "wrong" } as const)),
    reward: total,
    why: "",
  };
}
