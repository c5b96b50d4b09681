/**
 * Which tokens of a conversation the assistant wrote: those a policy is trained to write, up to the token that ends its turn; the
 * template's own words, tools' results and everyone else's are not. A template that marks them ({% generation %}) is believed;
 * otherwise the conversation is rendered up to every assistant's message and through it, which must be beginnings of the whole.
 */
import { AepoError } from "../std/errors.ts";
import type { ChatMessage } from "./chat-message.ts";
import { without } from "./plain-text.ts";
import type { ChatOptions, ChatRenderer, Conversation } from "./render-chat.ts";

export interface TurnsOptions extends Omit<ChatOptions, "addGenerationPrompt"> {
  /** "last": only the conversation's last message, of templates that write earlier turns otherwise. Default all. */
  readonly turns?: "all" | "last";
}

export interface EncodedTurns {
  readonly tokens: readonly number[];
  /** One a token: whether the assistant wrote it. */
  readonly assistantMask: readonly boolean[];
}

export interface TurnEncoder {
  /** Ids of a rendered text. */
  encode(text: string, broken: string): number[];
  bytes(id: number): Uint8Array;
  decode(ids: readonly number[]): string;
  readonly endOfTurn: readonly number[];
}

/** From and to, in characters of the text. */
type Span = readonly [number, number];

export function encodeTurns(
  renderer: ChatRenderer,
  encoder: TurnEncoder,
  messages: readonly ChatMessage[],
  options: TurnsOptions,
): EncodedTurns {
  const conversation = renderer.rendering(messages, options);
  const isMarked = renderer.template().marksGeneration;
  const { text, spans } = isMarked
    ? markedSpans(conversation, messages.length)
    : prefixSpans(conversation, messages, options.turns === "last");
  const wanted = isMarked && options.turns === "last" ? spans.slice(-1) : spans;
  const { tokens, places } = cut(encoder, text, conversation.broken, wanted.flat());
  const mask = tokens.map(() => false);
  for (let k = 0; k < places.length; k += 2) {
    const [from, to] = [places[k] ?? 0, places[k + 1] ?? 0];
    // What the template writes behind the end of a turn is never sampled.
    const end = isMarked ? -1 : tokens.slice(from, to).findLastIndex((id) => encoder.endOfTurn.includes(id));
    mask.fill(true, from, end < 0 ? to : from + end + 1);
  }
  return { tokens, assistantMask: mask };
}

function markedSpans({ render, marks }: Conversation, count: number): { text: string; spans: Span[] } {
  const [begin, end] = marks;
  let [text, from] = ["", 0];
  const spans: Span[] = [];
  for (const piece of render(count, false, true).split(new RegExp(`([${begin}${end}])`, "u"))) {
    if (piece === begin) from = text.length;
    else if (piece === end) spans.push([from, text.length]);
    else text += piece;
  }
  return { text, spans };
}

function prefixSpans(
  conversation: Conversation,
  messages: readonly ChatMessage[],
  onlyLast: boolean,
): { text: string; spans: Span[] } {
  const { render } = conversation;
  const text = render(messages.length, false);
  const spans = messages.flatMap(({ role }, i): Span[] => {
    const isLast = i === messages.length - 1;
    if (role !== "assistant" || (onlyLast && !isLast)) return [];
    const before = render(i, true);
    const through = isLast ? text : render(i + 1, false);
    for (const beginning of [before, through]) checkBeginning(text, beginning, i, conversation.broken);
    return [[before.length, through.length]];
  });
  return { text, spans };
}

function checkBeginning(text: string, beginning: string, message: number, broken: string): void {
  if (text.startsWith(beginning)) return;
  const at = [...beginning].findIndex((_, i) => beginning[i] !== text[i]);
  const excerpt = (of: string): string => JSON.stringify(without(broken, of.slice(Math.max(0, at - 20), at + 40)));
  throw new AepoError(
    "policy",
    `the chat template does not only add to a conversation: up to message ${message} it writes ${excerpt(beginning)}`,
    {
      expected: excerpt(text),
      fix: 'train on the last turn alone (turns: "last"), and give every assistant turn as a conversation that ends with it',
    },
  );
}

/**
 * Tokens of a text, and which of them begins at each place. Where a token reaches over a place, the text is encoded in pieces: a
 * turn begins with a token of its own, as it does when it is sampled.
 */
function cut(
  encoder: TurnEncoder,
  text: string,
  broken: string,
  places: readonly number[],
): { tokens: readonly number[]; places: readonly number[] } {
  const whole = encoder.encode(text, broken);
  const pieces = [...places, text.length].map((place, k) => text.slice(places[k - 1] ?? 0, place));
  const found = byBytes(encoder, whole, pieces, broken) ?? byPrefix(encoder, whole, text, broken, places);
  if (found.every((at) => at !== undefined)) return { tokens: whole, places: found };
  const encoded = pieces.map((piece) => encoder.encode(piece, broken));
  const tokens = encoded.flat();
  if (encoder.decode(tokens) !== encoder.decode(whole)) {
    throw new AepoError(
      "policy",
      "the tokenizer writes the conversation differently when it is cut where turns begin",
      {
        expected: "a tokenizer that adds no spaces, or a template that begins turns with a special token",
      },
    );
  }
  let count = 0;
  return { tokens, places: encoded.slice(0, -1).map(({ length }) => (count += length)) };
}

/** Which token begins behind each piece but the last, undefined inside of one; null if the tokens are not the text's bytes. */
function byBytes(
  encoder: TurnEncoder,
  whole: readonly number[],
  pieces: readonly string[],
  broken: string,
): (number | undefined)[] | null {
  const starts = new Map<number, number>();
  let offset = 0;
  for (const [i, id] of whole.entries()) {
    if (!starts.has(offset)) starts.set(offset, i);
    offset += encoder.bytes(id).length;
  }
  starts.set(offset, whole.length);
  const utf8 = new TextEncoder();
  let sum = 0;
  const ends = pieces.map((piece) => (sum += utf8.encode(without(broken, piece)).length));
  return sum === offset ? ends.slice(0, -1).map((end) => starts.get(end)) : null;
}

/** The same for tokenizers that change the text, at the price of encoding every beginning of it. */
function byPrefix(
  encoder: TurnEncoder,
  whole: readonly number[],
  text: string,
  broken: string,
  places: readonly number[],
): (number | undefined)[] {
  return places.map((place) => {
    const ids = encoder.encode(text.slice(0, place), broken);
    return ids.every((id, i) => id === whole[i]) ? ids.length : undefined;
  });
}
