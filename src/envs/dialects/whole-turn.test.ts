import { expect, it } from "vitest";
import { SILENT_TURN } from "./dialect.ts";
import { wholeTurnDialect } from "./whole-turn.ts";

const dialect = wholeTurnDialect(["<|im_end|>", "</s>"]);

it.each([
  ["The answer is 7.<|im_end|>", "The answer is 7."],
  ["7</s>\n", "7"],
  ["<think>\nsix or seven?\n</think>\n\n7<|im_end|>", "7"],
  ["six or seven?</think> 7", "7"],
  ["<answer> 7 </answer>", "<answer> 7 </answer>"],
  ["<|im_end|> is how a turn ends", "<|im_end|> is how a turn ends"],
])("%j is an answer", (turn, text) => {
  expect(dialect.parse(turn, [])).toEqual({ kind: "answer", text });
});

it.each(["", " \n<|im_end|>", "<think>only thoughts</think><|im_end|>"])("%j says nothing", (turn) => {
  expect(dialect.parse(turn, [])).toEqual({ kind: "invalid", why: SILENT_TURN });
});
