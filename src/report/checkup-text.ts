/** What a checkup found, as lines for the terminal: works, missing or fails; under it what to do. */
import type { Finding } from "../train/checkup/finding.ts";
import { padded, wrapPieces } from "./display-width.ts";

const STATE = 9;
const NAME = 18;
const WIDTH = 118;

export function renderFinding({ name, state, found, fix, required }: Finding): string {
  const head = `${padded(state, STATE)}${padded(name, NAME)}`;
  const words = required && state !== "works" ? `${found} (nothing can be trained without it)` : found;
  const indent = " ".repeat(STATE + NAME);
  const [first = "", ...rest] = wrapped(words, WIDTH - indent.length);
  const lines = [`${head}${first}`.trimEnd(), ...rest.map((line) => indent + line)];
  const todo = fix === null ? [] : wrapped(`→ ${fix}`, WIDTH - indent.length).map((line) => indent + line);
  return [...lines, ...todo].join("\n");
}

/** The last line: how many of each. */
export function renderVerdict(findings: readonly Finding[]): string {
  const count = (state: Finding["state"]): number => findings.filter((finding) => finding.state === state).length;
  return `${count("works")} work, ${count("missing")} missing, ${count("fails")} failing`;
}

function wrapped(text: string, width: number): string[] {
  return wrapPieces([{ text }], width);
}
