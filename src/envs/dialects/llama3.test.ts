import { describe, expect, it } from "vitest";
import { llama3Dialect } from "./llama3.ts";
import { llamaForm, search, tools, whyRejected as why } from "./testing/dialect-tools.ts";

const llama = llama3Dialect();

describe("Llama 3's dialect", () => {
  it.each([
    ["plain", '{"name": "search", "parameters": {"query": "Bar Corbo"}}<|eot_id|>'],
    ["python tag and eom", '<|python_tag|>{"name": "search", "parameters": {"query": "Bar Corbo"}}<|eom_id|>'],
    ["function type", '\n\n{"type": "function", "name": "search", "parameters": {"query": "Bar Corbo"}}'],
    ["arguments", '{"name": "search", "arguments": {"query": "Bar Corbo"}}'],
    ["a fence", '```json\n{"name": "search", "parameters": {"query": "Bar Corbo"}}\n```<|eot_id|>'],
    ["a semicolon behind", '{"name": "search", "parameters": {"query": "Bar Corbo"}};'],
    ["text before the python tag", 'I look.<|python_tag|>{"name": "search", "parameters": {"query": "Bar Corbo"}}'],
    ["a thought", '<think>hm</think>\n{"name": "search", "parameters": {"query": "Bar Corbo"}}'],
  ])("reads a call: %s", (_, turn) => {
    expect(llama.parse(turn, tools)).toEqual(search("Bar Corbo"));
  });

  it("reads text, and JSON that names nothing, as the answer", () => {
    expect(llama.parse("Rome.<|eot_id|>", tools)).toEqual({ kind: "answer", text: "Rome." });
    expect(llama.parse('{"city": "Rome"}<|eot_id|>', tools)).toEqual({ kind: "answer", text: '{"city": "Rome"}' });
    expect(llama.parse("`Rome`", tools)).toEqual({ kind: "answer", text: "`Rome`" });
  });

  it.each([
    ['{"name": "fly", "parameters": {}}<|eot_id|>', 'no tool "fly"; there are: search, python, weather'],
    [
      '{"name": "search", "parameters": {"query": null}}',
      'query: Invalid input: expected string, received null; search takes {"query": string}',
    ],
    [
      '{"name": "search", "parameters": {"query": "a"}}; {"name": "search", "parameters": {"query": "b"}}',
      "2 calls in one turn; make one call, read its result, then make the next",
    ],
    [
      '<|python_tag|>brave_search.call(query="a")<|eom_id|>',
      `the call is not JSON: expected a value at character 1, found "b"; ${llamaForm}`,
    ],
    ['Sure: {"name": "search", "parameters": {"query": "a"}}', `there is a call in the text; ${llamaForm}`],
    [
      '{"name": "search", "parameters": {"query": "a"}} That finds it.',
      'there is text behind the call: "That finds it."',
    ],
    [
      '{"name": "search", "parameters": {"query": "a"',
      `the call is not JSON: expected "," or "}" at character 47, found the end; ${llamaForm}`,
    ],
    ["<|eot_id|>", 'the turn says nothing; write a call, {"name": …, "parameters": {…}}, or the answer'],
  ])("rejects %j and says why", (turn, expected) => {
    expect(why(llama, turn)).toBe(expected);
  });
});
