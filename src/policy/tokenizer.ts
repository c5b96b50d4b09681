/** The tokenizer contract. Text never crosses it twice along a trajectory: tokens sampled are tokens trained. */

export interface Tokenizer {
  readonly vocabularySize: number;
  /** Throws on text it cannot represent. */
  encode(text: string): number[];
  decode(ids: readonly number[]): string;
  /** Text of one token, for displays. */
  token(id: number): string;
  /** Blobs from which the same tokenizer can be read again (`tokenizer.json`). */
  toJson(): string;
}
