/**
 * The tokenizer of a pretrained model. Text is plain unless it is said to be markup: `encode` reads "<|im_end|>" and "<tool_call>" in
 * a tool's result or a question as the characters they are made of, `encodeMarkup` as the tokens. No token is ever added
 * at an end: what a model wants to see first or last is in its chat template. `decode` is the tokens' bytes, one after the other.
 */
import type { Tokenizer } from "../policy/tokenizer.ts";
import { encodeTurns, type EncodedTurns, type TurnsOptions } from "./assistant-turns.ts";
import type { ChatMessage } from "./chat-message.ts";
import { checkModel } from "./check-model.ts";
import { endsOfTurn } from "./end-of-turn.ts";
import { openLibrary, privateName } from "./library-tokenizer.ts";
import { markupTokens } from "./markup-tokens.ts";
import { escapeRegExp, wellFormed, without } from "./plain-text.ts";
import { type ChatOptions, chatRenderer, tokenText } from "./render-chat.ts";
import { addedTokens, tokenBytes } from "./token-bytes.ts";
import type { TokenizerFiles } from "./tokenizer-files.ts";

export interface ChatTokenizer extends Tokenizer {
  /** Special tokens and tags in the text are tokens: what transformers gives. */
  encodeMarkup(text: string): number[];
  /** Texts of the special tokens, with their ids. */
  readonly specialTokens: ReadonlyMap<string, number>;
  readonly tagTokens: ReadonlyMap<string, number>;
  /** Tokens that end an assistant's turn. */
  readonly endOfTurn: readonly number[];
  readonly hasTemplate: boolean;
  /** As the model's template writes it; to be read, not to be encoded (`encodeChat`). Throws without a template. */
  renderChat(messages: readonly ChatMessage[], options?: ChatOptions): string;
  /**
   * Special tokens and tags of the template are tokens, those in messages and tools are plain text; tags of the assistant and of
   * the system's message are the template's. Throws without a template.
   */
  encodeChat(messages: readonly ChatMessage[], options?: ChatOptions): number[];
  /** The whole conversation, and which of its tokens the assistant wrote. Throws where that cannot be known. */
  encodeTurns(messages: readonly ChatMessage[], options?: TurnsOptions): EncodedTurns;
  readonly source: TokenizerFiles;
}

/** Throws on a kind of tokenizer that is not implemented. */
export function chatTokenizer(source: TokenizerFiles): ChatTokenizer {
  const bytes = tokenBytes(source.tokenizer);
  checkModel(source.tokenizer);
  const added = addedTokens(source.tokenizer);
  const { specialTokens, tagTokens } = markupTokens(source, added);
  const markup = new Map([...specialTokens, ...tagTokens]);
  const encodeNamed = openLibrary(source.tokenizer, markup);
  const [special, marked] = [anyOf([...specialTokens.keys()]), anyOf([...markup.keys()])];
  const encodeRendered = (text: string, broken: string): number[] => {
    const named = text.replace(marked, (found) => privateName(markup.get(found) ?? 0));
    return encodeNamed(broken === "" ? named : without(broken, named));
  };
  // A model's vocabulary is often larger than its tokenizer's: what nobody ever wrote stands for nothing.
  const bytesOf = (id: number): Uint8Array => bytes[id] ?? new Uint8Array();
  const decode = (ids: readonly number[]): string => textOf(ids.map(bytesOf));
  const renderer = chatRenderer(source.config, [...specialTokens.keys()], [...tagTokens.keys()]);
  let ends: readonly number[] | undefined;
  const endOfTurn = (): readonly number[] => {
    const texts = [...endsOfTurn(renderer, (text) => text.match(special)?.[0]), tokenText(source.config["eos_token"])];
    const ids = texts.flatMap((text) => added.find(({ content }) => content === text)?.id ?? []);
    return (ends ??= [...new Set(ids)]);
  };
  return {
    source,
    vocabularySize: bytes.length,
    specialTokens,
    tagTokens,
    encode: (text) => encodeNamed(wellFormed(text)),
    encodeMarkup: (text) => encodeRendered(wellFormed(text), ""),
    decode,
    token: (id) => decode([id]),
    bytes: bytesOf,
    stopConditions: (texts) => ({ stop: [], stopTexts: texts }),
    get endOfTurn() {
      return ends ?? endOfTurn();
    },
    hasTemplate: typeof source.config["chat_template"] === "string",
    renderChat: (messages, options = {}) => renderer.text(messages, options),
    encodeChat: (messages, options = {}) => {
      const { broken, render } = renderer.rendering(messages, options);
      return encodeRendered(render(messages.length, options.addGenerationPrompt === true), broken);
    },
    encodeTurns: (messages, options = {}) => {
      const encoder = { encode: encodeRendered, bytes: bytesOf, decode, endOfTurn: ends ?? endOfTurn() };
      return encodeTurns(renderer, encoder, messages, options);
    },
    files: () => ({
      "tokenizer.json": `${JSON.stringify(source.tokenizer)}\n`,
      "tokenizer_config.json": `${JSON.stringify(source.config, null, 2)}\n`,
    }),
  };
}

/** Longest first, as tokenizers find them. Without the u flag: private names are not well-formed. */
function anyOf(texts: readonly string[]): RegExp {
  const longestFirst = texts.toSorted((a, b) => b.length - a.length);
  return new RegExp(texts.length === 0 ? "(?!)" : longestFirst.map(escapeRegExp).join("|"), "g");
}

/** Bytes that are no UTF-8, such as a character cut in half, become U+FFFD. */
function textOf(pieces: readonly Uint8Array[]): string {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(whole);
}
