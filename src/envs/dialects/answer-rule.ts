/**
 * Where the answer of a chat model's turn is. `text`: a turn without a call is the answer, as chat templates and their users have
 * it. `tag`: what stands in <answer> … </answer>, for tasks whose prompt asks for it.
 */
import type { Action } from "./dialect.ts";
import { rejected } from "./json-call.ts";

export type AnswerRule = "text" | "tag";

const [OPEN, CLOSE] = ["<answer>", "</answer>"];

export function answerIn(said: string, rule: AnswerRule, call: string): Action {
  const text = said.trim();
  if (rule === "text") {
    if (text !== "") return { kind: "answer", text };
    return rejected(`the turn says nothing; write a call, ${call}, or the answer`);
  }
  const at = text.indexOf(OPEN);
  if (at < 0) return rejected(`the turn has neither a call, ${call}, nor an answer, ${answerText("…", rule)}`);
  const inner = text.slice(at + OPEN.length);
  const end = inner.indexOf(CLOSE);
  if (inner.includes(OPEN)) return rejected(`${OPEN} is there twice; give one answer`);
  return { kind: "answer", text: (end < 0 ? inner : inner.slice(0, end)).trim() };
}

export function answerText(text: string, rule: AnswerRule): string {
  return rule === "text" ? text : `${OPEN}${text}${CLOSE}`;
}
