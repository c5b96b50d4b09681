/**
 * The reward as the paper's released code computes it, departures included: it reads the whole response as one text, results
 * of tools among it (against AEPO-W4: a tag in a result can break the format); every path must have thought; the answer must be
 * boxed; its accuracy is token F1 for mathematics, too; the bonus is for search and python being closed once each, working or not.
 */
import { exactMatch, tokenF1 } from "../envs/grade.ts";
import type { Transcript } from "../envs/task.ts";
import { boxedSpans } from "./math/math-spans.ts";
import type { RewardPart } from "./reward-part.ts";

/** The response as that code sees it. */
export function releasedResponse({ turns, results }: Transcript): string {
  return turns
    .map((turn, i) => turn + (results[i] === undefined ? "" : ` <result>\n${results[i]}\n</result>`))
    .join("");
}

/** What is wrong with the format, in the order in which that code checks it, or null. */
export function releasedFormat(transcript: Transcript): string | null {
  const text = releasedResponse(transcript);
  const thoughts = count(text, "<think>");
  if (thoughts === 0 || thoughts !== count(text, "</think>")) return "think tags are missing or unbalanced";
  if (count(text, "<answer>") !== 1 || count(text, "</answer>") !== 1) return "not exactly one answer";
  for (const tool of ["search", "python"]) {
    if (!callsHaveResults(text, tool)) return `a ${tool} call has no result`;
  }
  const inside = answerBlock(text);
  if (inside === null) return "the answer closes before it opens";
  const box = inside.indexOf("\\boxed{");
  if (box < 0 || !inside.includes("}", box)) return "the answer has no box";
  return boxedAnswer(text) === null ? "the box has no end" : null;
}

/** From each opening tag on: its end, then a result, then that result's end. */
function callsHaveResults(text: string, tool: string): boolean {
  for (let at = text.indexOf(`<${tool}>`); at >= 0; at = text.indexOf(`<${tool}>`, at + 1)) {
    let from = at;
    for (const tag of [`</${tool}>`, "<result>", "</result>"]) {
      // The first of each tag behind the opening one; they must come in this order.
      const found = text.indexOf(tag, at);
      if (found < 0 || found < from) return false;
      from = found;
    }
  }
  return true;
}

function count(text: string, tag: string): number {
  return text.split(tag).length - 1;
}

function answerBlock(text: string): string | null {
  const [from, to] = [text.indexOf("<answer>"), text.indexOf("</answer>")];
  return from < 0 || to < from ? null : text.slice(from + "<answer>".length, to);
}

function boxedAnswer(text: string): string | null {
  return boxedSpans(answerBlock(text) ?? "").at(-1)?.content ?? null;
}

export function releasedAccuracy(): RewardPart {
  return {
    name: "accuracy",
    weight: 1,
    role: "accuracy",
    range: [0, 1],
    score: ({ answers }, transcript) => {
      const answer = boxedAnswer(releasedResponse(transcript)) ?? "";
      return { score: tokenF1(answer, answers), correct: exactMatch(answer, answers) };
    },
  };
}

/** AEPO-W3 as that code has it: both closing tags occur anywhere in the response. */
export function releasedBonus(): RewardPart {
  return {
    name: "bonus",
    weight: 0.1,
    role: "bonus",
    range: [0, 1],
    score: (_, transcript) => {
      const text = releasedResponse(transcript);
      return text.includes("</search>") && text.includes("</python>") ? 1 : 0;
    },
  };
}
