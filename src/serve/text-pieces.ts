/**
 * The text of a continuation as its tokens come: characters are whole, the stop text is never shown (nor what may still become
 * one), special tokens stand for no text. Together the pieces are the same text however the tokens were dealt.
 */
import type { StoppedBy, TokenLogprob } from "../policy/policy.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";

export interface DrawnToken {
  readonly id: number;
  readonly logprob: number;
  readonly top: readonly TokenLogprob[];
  /** Characters of the continuation before it. */
  readonly offset: number;
}

export interface TextPiece {
  readonly text: string;
  /** Tokens that begin in it. */
  readonly tokens: readonly DrawnToken[];
}

interface HeldToken extends Omit<DrawnToken, "offset"> {
  /** Bytes before it, the separator before it not counted. */
  readonly start: number;
}

export interface TextPiecesOptions {
  /** Texts that end the continuation and are not shown. */
  readonly stops?: readonly string[];
  /** Others that do, and are. */
  readonly keptStops?: readonly string[];
  /** Show the tokens that stopped it, where they are no text of `stops`. */
  readonly keepStopTokens?: boolean;
  /** Show special tokens by their text. */
  readonly showSpecial?: boolean;
  /** Tell every token, those that stopped the continuation included: one for one what was drawn. */
  readonly everyToken?: boolean;
}

export class TextPieces {
  private readonly tokenizer: Tokenizer;
  private readonly keepStopTokens: boolean;
  private readonly everyToken: boolean;
  private readonly separator: string;
  private readonly stops: readonly string[];
  private readonly keptStops: readonly string[];
  private readonly special: ReadonlySet<number>;
  private readonly decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** Bytes not shown yet, one character each; `shown` bytes came before them. */
  private held = "";
  private shown = 0;
  private characters = 0;
  private tokens: HeldToken[] = [];
  private count = 0;

  constructor(tokenizer: Tokenizer, options: TextPiecesOptions = {}) {
    const { stops = [], keptStops = [], keepStopTokens = false, showSpecial = false, everyToken = false } = options;
    this.tokenizer = tokenizer;
    this.separator = separatorOf(tokenizer);
    this.stops = stops.map(bytesOfText);
    this.keptStops = keptStops.map(bytesOfText).filter((text) => !this.stops.includes(text));
    this.keepStopTokens = keepStopTokens;
    this.everyToken = everyToken;
    this.special = new Set(showSpecial ? [] : tokenizer.specialTokens?.values());
  }

  push(drawn: {
    readonly ids: readonly number[];
    readonly logprobs: readonly number[];
    readonly top?: readonly (readonly TokenLogprob[])[];
  }): TextPiece {
    this.take(drawn);
    return this.show(this.held.length - this.mayBecomeStop());
  }

  /** The last piece; `stopped` as the sampler says. */
  end(drawn: Parameters<TextPieces["push"]>[0], stopped: StoppedBy | undefined): TextPiece {
    this.take(drawn);
    const cut = this.cutAt(stopped);
    const piece = this.show(cut, true);
    const rest = this.decoder.decode();
    return { ...piece, text: piece.text + rest };
  }

  private take({ ids, logprobs, top = [] }: Parameters<TextPieces["push"]>[0]): void {
    for (const [i, id] of ids.entries()) {
      if (this.count++ > 0) this.held += this.separator;
      const start = this.shown + this.held.length;
      this.tokens.push({ id, logprob: logprobs[i] ?? Number.NaN, top: top[i] ?? [], start });
      if (!this.special.has(id)) this.held += byteCharacters(this.tokenizer.bytes(id));
    }
  }

  /** Length of the longest end of the held text with which a stop text begins. */
  private mayBecomeStop(): number {
    let longest = 0;
    for (const stop of [...this.stops, ...this.keptStops]) {
      // A separator may come between what is held and the stop text.
      for (let n = Math.min(stop.length - 1, this.held.length); n > longest; n--) {
        if (this.held.endsWith(stop.slice(0, n))) longest = n;
      }
    }
    const border = this.separator !== "" && this.held.slice(0, this.held.length - longest).endsWith(this.separator);
    return border ? longest + this.separator.length : longest;
  }

  /** Where in the held text the continuation's text ends. */
  private cutAt(stopped: StoppedBy | undefined): number {
    if (stopped === undefined) return this.held.length;
    if ("text" in stopped) {
      const stop = bytesOfText(stopped.text);
      const at = this.held.indexOf(stop);
      if (at < 0) return this.held.length;
      return this.keptStops.includes(stop) ? at + stop.length : at;
    }
    if (this.keepStopTokens) return this.held.length;
    const first = this.tokens.at(-stopped.ids.length);
    const at = first === undefined ? this.held.length : first.start - this.shown;
    return Math.max(0, this.count > stopped.ids.length ? at - this.separator.length : at);
  }

  private show(length: number, last = false): TextPiece {
    const text = this.decoder.decode(bytesOf(this.held.slice(0, length)), { stream: true });
    const border = this.shown + length;
    // At the end a token at the very border is what stopped it, or stands for nothing.
    const isShown = ({ start }: HeldToken): boolean => start < border || (last && this.everyToken);
    const tokens = this.tokens.filter(isShown).map(({ start, ...token }) => ({
      ...token,
      offset: this.characters + this.charactersBefore(start - this.shown, text.length),
    }));
    this.tokens = last ? [] : this.tokens.filter((token) => !isShown(token));
    this.held = this.held.slice(length);
    this.shown = border;
    this.characters += text.length;
    return { text, tokens };
  }

  /** Characters of the held bytes before byte `at`, at most `most`. */
  private charactersBefore(at: number, most: number): number {
    return Math.min(most, new TextDecoder().decode(bytesOf(this.held.slice(0, Math.max(0, at)))).length);
  }
}

/** What stands between two tokens in a text: a space where a token is a word, nothing else. */
export function separatorOf(tokenizer: Tokenizer): string {
  return tokenizer.decode([0, 0]).length > 2 * tokenizer.token(0).length ? " " : "";
}

function bytesOfText(text: string): string {
  return byteCharacters(new TextEncoder().encode(text));
}

function byteCharacters(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function bytesOf(characters: string): Uint8Array {
  return Uint8Array.from(characters, (character) => character.charCodeAt(0));
}
