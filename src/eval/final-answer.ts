/**
 * Where in a turn its answer is: in the last <answer> … </answer>, else in the last \boxed{…}, else the turn is the answer. Of the two the
 * paper's prompts ask for both: what stands boxed inside the tags is the answer.
 */
import { withoutBox } from "../data/boxed.ts";

const [OPEN, CLOSE] = ["<answer>", "</answer>"];

/** Null where there is none: an empty turn, empty tags, an empty box. */
export function finalAnswer(turn: string): string | null {
  const tagged = taggedAnswer(turn);
  if (tagged === null) return null;
  const answer = withoutBox(tagged).trim();
  return answer === "" ? null : answer;
}

/** The same with its boxes: what stands in the tags, else the whole turn. */
export function taggedAnswer(turn: string): string | null {
  const at = turn.lastIndexOf(OPEN);
  const end = turn.indexOf(CLOSE, at);
  const tagged = (at < 0 ? turn : turn.slice(at + OPEN.length, end < 0 ? undefined : end)).trim();
  return tagged === "" ? null : tagged;
}
