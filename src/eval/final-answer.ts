/**
 * Where in a turn its answer is: in the last <answer> … </answer>, else in the last \boxed{…}, else the turn is the answer. Of the two the
 * paper's prompts ask for both: what stands boxed inside the tags is the answer.
 */

const [OPEN, CLOSE] = ["<answer>", "</answer>"];

/** Null where there is none: an empty turn, empty tags, an empty box. */
export function finalAnswer(turn: string): string | null {
  const tagged = taggedAnswer(turn);
  if (tagged === null) return null;
  const answer = (lastBoxed(tagged) ?? tagged).trim();
  return answer === "" ? null : answer;
}

/** The same with its boxes: what stands in the tags, else the whole turn. */
export function taggedAnswer(turn: string): string | null {
  const at = turn.lastIndexOf(OPEN);
  const end = turn.indexOf(CLOSE, at);
  const tagged = (at < 0 ? turn : turn.slice(at + OPEN.length, end < 0 ? undefined : end)).trim();
  return tagged === "" ? null : tagged;
}

/** What the last whole \boxed{…} holds, braces balanced; null if there is none. */
export function lastBoxed(text: string): string | null {
  for (let at = text.lastIndexOf("\\boxed"); at >= 0; at = at === 0 ? -1 : text.lastIndexOf("\\boxed", at - 1)) {
    const open = /^\\boxed\s*\{/.exec(text.slice(at, at + 64))?.[0].length;
    const inner = open === undefined ? null : balanced(text, at + open);
    if (inner !== null) return inner;
  }
  return null;
}

/** From `start`, behind an open brace, to the brace that closes it. */
function balanced(text: string, start: number): string | null {
  let depth = 1;
  for (let i = start; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === "{") depth++;
    else if (text[i] === "}" && --depth === 0) return text.slice(start, i);
  }
  return null;
}
