/** What an answer says, as a value: the kinds of things that are compared, each by its own rule (`same-value.ts`). */
import type { ExactNumber } from "./exact-number.ts";

export type RelationSign = "=" | "<" | "\\le" | ">" | "\\ge" | "\\ne";

/** One expression: a number, or what only algebra can compare. */
export interface Leaf {
  readonly kind: "leaf";
  /** Tidy LaTeX, without percent sign and units. */
  readonly latex: string;
  readonly exact: ExactNumber | null;
  readonly percent: boolean;
}

/** A word or two: a name, a direction, the letter of a choice. Lower case, letters and digits only. */
export interface Words {
  readonly kind: "words";
  readonly words: string;
}

/** Elements of a list are without order, and so are those of a set; a list stands without brackets. */
export interface Collection {
  readonly kind: "list" | "set" | "tuple";
  readonly items: readonly MathValue[];
}

/** Two values in brackets. `(a, b)` is a point as well as an interval: which, the other side decides. */
export interface Interval {
  readonly kind: "interval";
  readonly from: MathValue;
  readonly to: MathValue;
  readonly openLeft: boolean;
  readonly openRight: boolean;
}

export interface Union {
  readonly kind: "union";
  readonly parts: readonly MathValue[];
}

/** `sides[0] signs[0] sides[1] signs[1] …`; `x ∈ S` is read as `x = S`. */
export interface Relation {
  readonly kind: "relation";
  readonly sides: readonly MathValue[];
  readonly signs: readonly RelationSign[];
}

export interface Matrix {
  readonly kind: "matrix";
  readonly rows: readonly (readonly MathValue[])[];
}

export type MathValue = Leaf | Words | Collection | Interval | Union | Relation | Matrix;
