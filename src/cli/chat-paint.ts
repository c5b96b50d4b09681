/** Tokens as they are shown: whole characters, nothing that acts on the terminal, shaded by how unsure the model was. */
import picocolors from "picocolors";
import type { Tokenizer } from "../policy/tokenizer.ts";
import { visible } from "../report/visible.ts";

/** Nats: below the first a token is plain, from the second on it is red. */
const UNSURE = 0.5;
const VERY_UNSURE = 1.5;

export type Paint = (text: string, entropy: number) => string;

export function entropyPaint(color: boolean): Paint {
  const colors = picocolors.createColors(color);
  return (text, entropy) => {
    if (entropy >= VERY_UNSURE) return colors.red(text);
    return entropy >= UNSURE ? colors.yellow(text) : text;
  };
}

export function entropyLegend(paint: Paint): string {
  const [yellow, red] = [paint(`from ${UNSURE}`, UNSURE), paint(`from ${VERY_UNSURE}`, VERY_UNSURE)];
  return `entropy of each token, nats: below ${UNSURE} · ${yellow} · ${red}`;
}

/** Text of tokens as they come; what may still become another character is held back. */
export class ShownText {
  private readonly tokenizer: Pick<Tokenizer, "decode">;
  private readonly paint: Paint;
  private readonly ids: number[] = [];
  private shown = 0;

  constructor(tokenizer: Pick<Tokenizer, "decode">, paint: Paint) {
    this.tokenizer = tokenizer;
    this.paint = paint;
  }

  push(id: number, entropy: number): string {
    this.ids.push(id);
    const text = this.tokenizer.decode(this.ids).replace(/\ufffd+$/u, "");
    return this.show(text, entropy);
  }

  /** What was held back: a character that was cut is U+FFFD. */
  end(): string {
    return this.show(this.tokenizer.decode(this.ids), 0);
  }

  private show(text: string, entropy: number): string {
    const piece = text.slice(this.shown);
    this.shown = Math.max(this.shown, text.length);
    return piece === "" ? "" : this.paint(visible(piece), entropy);
  }
}
