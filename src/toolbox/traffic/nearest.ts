/** Recorded calls that are most like one that is missing: for the error that says so. */
import { canonicalJson } from "../../std/canonical-json.ts";
import type { TrafficCall } from "../../tools/around/traffic.ts";

export interface RecordedCall {
  readonly path: string;
  readonly call: number;
  readonly tool: string;
  readonly input: unknown;
}

const SHOWN = 3;
const LONGEST = 160;

/** In words, the nearest first; an equal call elsewhere is nearer than another call at the same place, and then words count. */
export function nearestCalls(wanted: TrafficCall, recorded: Iterable<RecordedCall>): string[] {
  const words = wordsOf(wanted.input);
  const best: { near: number; text: string }[] = [];
  for (const one of recorded) {
    const near = nearness(wanted, words, one);
    if (best.length === SHOWN && near <= (best.at(-1)?.near ?? 0)) continue;
    best.push({ near, text: callInWords(one) });
    best.sort((a, b) => b.near - a.near).splice(SHOWN);
  }
  return best.map(({ text }) => text);
}

export function callInWords({ path, call, tool, input }: RecordedCall): string {
  const text = `${tool} ${canonicalJson(input)}`;
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return path === "" ? short : `${short} (path ${path}, call ${call})`;
}

function nearness(wanted: TrafficCall, words: ReadonlySet<string>, one: RecordedCall): number {
  const others = wordsOf(one.input);
  const shared = [...words].filter((word) => others.has(word)).length;
  const alike = shared / Math.max(1, words.size + others.size - shared);
  const isPlace = one.path === wanted.path && one.call === wanted.call;
  return (one.tool === wanted.tool ? 4 : 0) + 2 * alike + (isPlace ? 1 : 0);
}

function wordsOf(input: unknown): ReadonlySet<string> {
  return new Set(
    canonicalJson(input)
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu),
  );
}
