/**
 * Mathematical equivalence of a predicted answer and gold answers, texts as models and data sets write them. The verdict depends
 * on the texts alone: strings, exact numbers and structure are compared here; expressions in a thread that is killed when it
 * takes too long (then the answer is not the gold one).
 */
import { openAlgebra } from "./algebra-pool.ts";
import { extractAnswer } from "./extract-answer.ts";
import type { MathValue } from "./math-value.ts";
import { readValue } from "./read-value.ts";
import type { Algebra } from "./same-leaf.ts";
import { sameValue } from "./same-value.ts";
import { tidyLatex } from "./tidy-latex.ts";

export interface MathGraderOptions {
  readonly threads?: number;
  readonly timeoutMs?: number;
}

export interface MathGrader {
  /** True if the prediction is one of the gold answers. Never rejects. */
  isRight(pred: string, golds: readonly string[]): Promise<boolean>;
  close(): Promise<void>;
}

export function openMathGrader({ threads = 1, timeoutMs = 5000 }: MathGraderOptions = {}): MathGrader {
  const { algebra, close } = openAlgebra({ threads, timeoutMs });
  const isRight = async (pred: string, golds: readonly string[]): Promise<boolean> => {
    const given = answerValue(pred);
    if (given === null) return false;
    const bounded = patient(algebra);
    // What is written as the gold is, is right, whatever it says.
    const written = new Set([pred, extractAnswer(pred)].map((text) => text.trim()));
    for (const gold of golds) {
      if (written.has(gold.trim())) return true;
      const wanted = answerValue(gold);
      if (wanted !== null && (await sameValue(wanted, given, bounded))) return true;
    }
    return false;
  };
  return { isRight, close };
}

/** An answer of many expressions that each take too long is given up after the second. */
function patient(algebra: Algebra): Algebra {
  let late = 0;
  return async (pair) => {
    if (late >= 2) return "late";
    const comparison = await algebra(pair);
    if (comparison === "late") late++;
    return comparison;
  };
}

/** What a text answers, as a value; null if nothing. */
export function answerValue(text: string): MathValue | null {
  const latex = tidyLatex(extractAnswer(text));
  return latex === "" ? null : readValue(latex);
}
