/**
 * What the simulated model writes: a pure function of the request's seed and of how many calls the prompt holds, so that a turn ends
 * with a call or with the answer and trees branch. A token's log-probability depends on itself and its place alone: sampling and
 * scoring agree.
 */
import { type RandomStream, randomStream } from "../../src/std/random.ts";
import type { TextSettings } from "./settings.ts";

export interface Turn {
  readonly tokens: number[];
  readonly stop: boolean;
}

export function writeTurn(text: TextSettings, prompt: ArrayLike<number>, seed: number, maxTokens: number): Turn {
  const random = randomStream(seed, "turn");
  const length = Math.min(turnLength(text, random), maxTokens);
  const [open, close] = callsIn(text, prompt) < text.calls ? text.call : text.answer;
  const tail = [open, word(text, random, 1), close];
  if (maxTokens < tail.length + 2) return { tokens: tail.slice(0, maxTokens), stop: false };
  // How sure the model is differs from turn to turn: some words are likelier than others.
  const mood = random.uniform();
  const [think, thought] = text.think;
  const words = Array.from({ length: length - tail.length - 2 }, () => word(text, random, mood));
  return { tokens: [think, ...words, thought, ...tail], stop: true };
}

export function logprobsOf(tokens: readonly number[], from: number): number[] {
  return tokens.map((token, i) => logprob(token, from + i));
}

/** As wide as a real one: a 32-bit float, written with all its digits. */
export function logprob(token: number, place: number): number {
  const noise = (Math.imul(token + 1, 2654435761) ^ Math.imul(place + 1, 40503)) >>> 0;
  return -Math.fround(0.02 + (2 * (token % 512)) / 512 + noise / 2 ** 33);
}

function turnLength({ turnTokens }: TextSettings, random: RandomStream): number {
  const { median, spread, least, most } = turnTokens;
  return Math.min(most, Math.max(least, Math.round(median * Math.exp(spread * random.normal()))));
}

/** Words with small remainders are likely ones: `mood` is the share of them that may be drawn. */
function word({ words: [first, count] }: TextSettings, random: RandomStream, mood: number): number {
  return first + random.integer(Math.max(8, Math.floor(count * (0.1 + 0.9 * mood))));
}

function callsIn({ call: [, close] }: TextSettings, prompt: ArrayLike<number>): number {
  let calls = 0;
  for (let i = 0; i < prompt.length; i++) if (prompt[i] === close) calls++;
  return calls;
}
