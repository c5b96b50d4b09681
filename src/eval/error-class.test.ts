import { expect, it } from "vitest";
import { SILENT_TURN } from "../envs/dialects/dialect.ts";
import { errorClassOf, isScored } from "./error-class.ts";
import type { Trajectory } from "./trajectory.ts";

const wrong = { total: 0, formatOk: true, correct: false, parts: {} };
const attempt = (changes: Partial<Trajectory>): Trajectory => ({
  turns: [{ text: "7", result: null }],
  answer: "7",
  end: "answer",
  reward: wrong,
  tokens: { written: 1, path: 2, billed: null },
  ...changes,
});
const call = (failed: string | null) => ({ text: "ask", result: { tool: "search", input: "x", text: "", failed } });

it.each([
  ["right", {}, null, { reward: { ...wrong, correct: true } }],
  ["wrong", {}, "wrong answer", {}],
  ["the server died", { end: "failed", why: "HTTP 500", reward: null, answer: null }, "failed", {}],
  ["the judge died", {}, "unjudged", { reward: { ...wrong, failed: "judge: no answer" } }],
  ["never judged", {}, "unjudged", { reward: null }],
  ["turns", { end: "turn-limit", answer: null }, "limit reached", {}],
  ["tokens", { end: "token-limit", answer: null }, "limit reached", {}],
  ["calls", { end: "call-limit", answer: null }, "limit reached", {}],
  ["time", { end: "time-limit", answer: null }, "limit reached", {}],
  ["no tools", { end: "tool-failure", answer: null }, "tool failure", {}],
  ["broken tags", { end: "invalid", why: "</x> closes nothing", answer: null }, "wrong format", {}],
  ["said nothing of use", { end: "invalid", why: SILENT_TURN, answer: null }, "no answer", {}],
  ["an empty answer", { answer: " \n" }, "no answer", {}],
  ["an answer in a broken path", {}, "wrong format", { reward: { ...wrong, formatOk: false } }],
  [
    "wrong after a failed call",
    { turns: [call(null), call("timeout"), { text: "7", result: null }] },
    "tool failure",
    {},
  ],
  ["wrong after a call that failed and one that did not", { turns: [call("timeout"), call(null)] }, "wrong answer", {}],
  ["right after a failed call", { turns: [call("timeout")] }, null, { reward: { ...wrong, correct: true } }],
] as const)("%s", (_, changes, expected, more) => {
  expect(errorClassOf(attempt({ ...changes, ...more }))).toBe(expected);
});

it("attempts that nobody could judge enter no share", () => {
  expect([isScored("failed"), isScored("unjudged"), isScored("wrong answer"), isScored(null)]).toEqual([
    false,
    false,
    true,
    true,
  ]);
});
