import { describe, expect, it } from "vitest";
import { hermesDialect } from "./hermes.ts";
import { hermesForm, search, tools, whyRejected as why } from "./testing/dialect-tools.ts";

const hermes = hermesDialect();

describe("Hermes' dialect", () => {
  it.each([
    ["Qwen2.5", '<tool_call>\n{"name": "search", "arguments": {"query": "Bar Corbo"}}\n</tool_call><|im_end|>'],
    [
      "Qwen3, thinking",
      '<think>\nI need <tool_call>{"name": "x"}</tool_call>.\n</think>\n\n<tool_call>\n{"name": "search", "arguments": {"query": "Bar Corbo"}}\n</tool_call><|im_end|>',
    ],
    [
      "a thought that the prompt opened",
      'so {"a": 1} it is\n</think>\n\n<tool_call>{"name": "search", "arguments": {"query": "Bar Corbo"}}</tool_call>',
    ],
    [
      "text around",
      'Let me look.\n<tool_call>{"name": "search", "arguments": {"query": "Bar Corbo"}}</tool_call> I wait.',
    ],
    ["no closing tag", '<tool_call>\n{"name": "search", "arguments": {"query": "Bar Corbo"}}<|im_end|>'],
    ["a fence", '<tool_call>\n```json\n{"name": "search", "arguments": {"query": "Bar Corbo"}}\n```\n</tool_call>'],
    ["Python's dict", "<tool_call>{'name': 'search', 'arguments': {'query': 'Bar Corbo',},}</tool_call>"],
    ["parameters", '<tool_call>{"name": "search", "parameters": {"query": "Bar Corbo"}}</tool_call>'],
    ["arguments first", '<tool_call>{"arguments": {"query": "Bar Corbo"}, "name": "search"}</tool_call>'],
    [
      "arguments as a text",
      String.raw`<tool_call>{"name": "search", "arguments": "{\"query\": \"Bar Corbo\"}"}</tool_call>`,
    ],
    [
      "OpenAI's wrapping",
      '<tool_call>{"type": "function", "function": {"name": "search", "arguments": {"query": "Bar Corbo"}}}</tool_call>',
    ],
    ["a list of one", '<tool_call>[{"name": "search", "arguments": {"query": "Bar Corbo"}}]</tool_call>'],
    ["escapes", String.raw`<tool_call>{"name": "search", "arguments": {"query": "Bar\u0020Corbo"}}</tool_call>`],
  ])("reads a call: %s", (_, turn) => {
    expect(hermes.parse(turn, tools)).toEqual(search("Bar Corbo"));
  });

  it("gives text tools their text and others JSON", () => {
    const call = (name: string, given: unknown) =>
      hermes.parse(`<tool_call>${JSON.stringify({ name, arguments: given })}</tool_call>`, tools);
    expect(call("python", { input: "print(1)" })).toEqual({ kind: "call", tool: "python", input: "print(1)" });
    expect(call("weather", { city: "Rome", days: 2 })).toMatchObject({ input: '{"city":"Rome","days":2}' });
  });

  it("takes tags inside a text of the JSON for text", () => {
    const code = "print('</tool_call>') # <tool_call> <|im_end|> \" \\";
    const call = JSON.stringify({ name: "python", arguments: { input: code } });
    expect(hermes.parse(`<tool_call>${call}</tool_call><|im_end|>`, tools)).toMatchObject({
      tool: "python",
      input: code,
    });
  });

  it("reads a line break inside a text, as in code", () => {
    const turn = '<tool_call>{"name": "python", "arguments": {"input": "a = 1\nprint(a)"}}</tool_call>';
    expect(hermes.parse(turn, tools)).toMatchObject({ input: "a = 1\nprint(a)" });
  });

  it("reads a turn without a call as the answer, without its thoughts and its end", () => {
    expect(hermes.parse("<think>\nhm\n</think>\n\nRome.<|im_end|>", tools)).toEqual({ kind: "answer", text: "Rome." });
    expect(hermes.parse("Use <|im_end|> at the end.<|endoftext|>\n", tools)).toEqual({
      kind: "answer",
      text: "Use <|im_end|> at the end.",
    });
    expect(hermes.parse('{"city": "Rome"}', tools)).toEqual({ kind: "answer", text: '{"city": "Rome"}' });
  });

  it.each([
    [
      '<tool_call>{"name": "serach", "arguments": {"query": "a"}}</tool_call>',
      'no tool "serach"; there are: search, python, weather',
    ],
    [
      '<tool_call>{"name": "search", "arguments": {"query": 5}}</tool_call>',
      'query: Invalid input: expected string, received number; search takes {"query": string}',
    ],
    [
      '<tool_call>{"name": "weather", "arguments": {"city": "Rome", "days": "2"}}</tool_call>',
      'days: Invalid input: expected number, received string; weather takes {"city": string, "days"?: integer, "metric"?: boolean}',
    ],
    [
      '<tool_call>{"name": "search", "arguments": {"q": "a"}}</tool_call>',
      'unknown argument "q"; search takes {"query": string}',
    ],
    [
      '<tool_call>{"name": "search"}</tool_call>',
      'query: Invalid input: expected string, received undefined; search takes {"query": string}',
    ],
    [
      '<tool_call>{"name": "search", "arguments": ["a"]}</tool_call>',
      '"arguments" is a list, not an object; search takes {"query": string}',
    ],
    [
      '<tool_call>{"name": "search", "arguments": "a"}</tool_call>',
      '"arguments" is a text, not an object; search takes {"query": string}',
    ],
    [
      '<tool_call>{"name": "search", "arguments": 3}</tool_call>',
      '"arguments" is a number, not an object; search takes {"query": string}',
    ],
    ['<tool_call>{"name": "search", "query": "a"}</tool_call>', `the call has "query" beside its name; ${hermesForm}`],
    [
      '<tool_call>{"name": "search", "arguments": {}, "parameters": {}}</tool_call>',
      'the call has both "arguments" and "parameters"; search takes {"query": string}',
    ],
    ['<tool_call>{"arguments": {"query": "a"}}</tool_call>', `the call has no "name"; ${hermesForm}`],
    ['<tool_call>"search"</tool_call>', `a call is a JSON object, written ${hermesForm.slice(18)}`],
    ["<tool_call>[]</tool_call>", `the list of calls is empty; ${hermesForm}`],
    ["<tool_call> </tool_call>", `the call is empty; ${hermesForm}`],
    [
      "<tool_call>search Rome</tool_call>",
      `the call is not JSON: expected a value at character 1, found "s"; ${hermesForm}`,
    ],
    [
      '<tool_call>{"name": "search", "arguments": {"query": "a"}',
      `the call is not JSON: expected "," or "}" at character 47, found the end; ${hermesForm}`,
    ],
    [
      '<tool_call>{"name": "search", "arguments": {"query": "a}}</tool_call>',
      `the call is not JSON: the text that begins at character 43 does not end; ${hermesForm}`,
    ],
    [
      '<tool_call>{"name": "search", "arguments": {"query": "a", "query": "b"}}</tool_call>',
      `the call is not JSON: it has "query" twice; ${hermesForm}`,
    ],
    [
      String.raw`<tool_call>{"name": "python", "arguments": {"input": "\d"}}</tool_call>`,
      String.raw`the call is not JSON: JSON has no escape \d (character 44): write \\ for a backslash; ` + hermesForm,
    ],
    ['<tool_call>{"name": "search", "arguments": {"query": "a"}}}</tool_call>', 'there is text behind the call: "}"'],
    [
      '<tool_call>{"name": "search", "arguments": {"query": "a"}}</tool_call>\n<tool_call>{"name": "search", "arguments": {"query": "b"}}</tool_call>',
      "2 calls in one turn; make one call, read its result, then make the next",
    ],
    [
      '<tool_call>{"name": "search", "arguments": {"query": "a"}}\n<tool_call>{"name": "search", "arguments": {"query": "b"}}',
      "2 calls in one turn; make one call, read its result, then make the next",
    ],
    ['{"name": "search", "arguments": {"query": "a"}}', `there is a call in the text; ${hermesForm}`],
    ['{"name": "search", "arguments": {"query": "a"}}</tool_call>', `</tool_call> closes nothing; ${hermesForm}`],
    ["<tool_response>\nRome\n</tool_response>", "<tool_response> is written by tools only"],
    ["<think> I wonder", "the turn ends inside <think>"],
    [
      "<think>hm</think><|im_end|>",
      'the turn says nothing; write a call, <tool_call>{"name": …, "arguments": {…}}</tool_call>, or the answer',
    ],
  ])("rejects %j and says why", (turn, expected) => {
    expect(why(hermes, turn)).toBe(expected);
  });

  it("keeps what could be read of a rejected call for the log", () => {
    const turn = `<tool_call>{"name": "search", "arguments": {"query": 5, "x": "${"y".repeat(400)}"}}</tool_call>`;
    const action = hermes.parse(turn, tools);
    expect(action).toMatchObject({
      kind: "rejected",
      tool: "search",
      input: expect.stringMatching(/^\{"query":5,"x":"y+…$/),
    });
    expect("input" in action && action.input.length).toBe(200);
  });

  it("takes the answer from its tag where the task says so", () => {
    const tagged = hermesDialect({ answer: "tag" });
    expect(tagged.parse("It is <answer> Rome </answer>.<|im_end|>", tools)).toEqual({ kind: "answer", text: "Rome" });
    expect(tagged.parse("It is <answer>Rome", tools)).toEqual({ kind: "answer", text: "Rome" });
    expect(why(tagged, "It is Rome.")).toBe(
      'the turn has neither a call, <tool_call>{"name": …, "arguments": {…}}</tool_call>, nor an answer, <answer>…</answer>',
    );
    expect(why(tagged, "<answer>a</answer><answer>b</answer>")).toBe("<answer> is there twice; give one answer");
  });
});
