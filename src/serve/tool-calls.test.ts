/** Calls of tools as OpenAI's client sees them: a scripted model, everything else as it is served. */
import { afterEach, describe, expect, it } from "vitest";
import { qwen } from "./testing/scripted-server.ts";
import {
  ASK,
  FORECAST,
  same,
  SEARCH,
  SEARCHED,
  servers,
  text,
  type Told,
  told,
  TOOLS,
  WEATHER,
} from "./testing/tool-talk.ts";

const { serving, close } = servers();
afterEach(close);

describe("Qwen3's template", () => {
  it.each<[string, string, Told]>([
    ["a call", SEARCH, { content: null, calls: [SEARCHED], finish: "tool_calls" }],
    [
      "text before it",
      `I look it up.\n${SEARCH}`,
      { content: "I look it up.", calls: [SEARCHED], finish: "tool_calls" },
    ],
    [
      "two calls, with text behind",
      `${SEARCH}\n${WEATHER} So.`,
      { content: " So.", calls: [SEARCHED, FORECAST], finish: "tool_calls" },
    ],
    [
      "a thought, which is text, with a call in it, which is none",
      `<think>\nor ${WEATHER}?\n</think>\n\n${SEARCH}`,
      { content: `<think>\nor ${WEATHER}?\n</think>`, calls: [SEARCHED], finish: "tool_calls" },
    ],
    [
      "arguments that the tool does not take: the client's to check",
      '<tool_call>{"name": "search", "arguments": {"q": [1]}}</tool_call>',
      { content: null, calls: [["search", '{"q":[1]}']], finish: "tool_calls" },
    ],
    ["no call", " Rome. \n", text(" Rome. \n")],
    ["a tool that was not declared", ...same('<tool_call>{"name": "python", "arguments": {}}</tool_call>')],
    ["no JSON", ...same("A <tool_call>\nsearch for it\n</tool_call> B")],
    ["a call that does not end", ...same('<tool_call>{"name": "search", "arguments": {"query": "a')],
    ["arguments that are none", ...same('<tool_call>{"name": "search", "arguments": [1]}</tool_call>')],
    ["tags that are out of place", ...same("</tool_call> </think> <tool_call")],
    [
      "one that can be read behind one that cannot",
      `<tool_call>{"name"}</tool_call>\n${SEARCH}`,
      { content: '<tool_call>{"name"}</tool_call>', calls: [SEARCHED], finish: "tool_calls" },
    ],
  ])("%s", async (_name, writes, expected) => {
    const { scripted, client } = await serving(qwen, writes);
    expect(scripted.dialect).toBe("hermes");
    expect(await told(client)).toEqual(expected);
  });

  it("calls stay text for requests that declare no tools, or choose none", async () => {
    const { client } = await serving(qwen, `I look.\n${SEARCH}\n`);
    expect(await told(client, { tool_choice: "none" })).toEqual(text(`I look.\n${SEARCH}\n`));
    expect(await told(client, { tools: [] })).toEqual(text(`I look.\n${SEARCH}\n`));
  });

  it("a choice that cannot be forced is refused", async () => {
    const { client } = await serving(qwen, SEARCH);
    await expect(client.chat.completions.create({ ...ASK, tool_choice: "required" })).rejects.toThrow(
      '400 tool_choice: Invalid option: expected one of "auto"|"none"',
    );
  });

  it("parallel_tool_calls: false makes one call of several", async () => {
    const { client } = await serving(qwen, `${SEARCH}\n${WEATHER}`);
    expect(await told(client, { parallel_tool_calls: false })).toEqual({
      content: `\n${WEATHER}`,
      calls: [SEARCHED],
      finish: "tool_calls",
    });
  });

  it("an answer that is cut says so, and what was begun of a call is text", async () => {
    const { client } = await serving(qwen, `${SEARCH}${WEATHER}`);
    const begun = WEATHER.slice(0, 40);
    // A token a byte, but for the "the" in weather.
    const tokens = new TextEncoder().encode(SEARCH + begun).length - 2;
    expect(await told(client, { max_tokens: tokens })).toEqual({
      content: begun,
      calls: [SEARCHED],
      finish: "length",
    });
  });

  it("a made-up result ends the answer", async () => {
    const { client } = await serving(qwen, `${SEARCH}\n<tool_response>\nRome\n</tool_response>`);
    expect(await told(client)).toEqual({
      content: "\n<tool_response>",
      calls: [SEARCHED],
      finish: "tool_calls",
    });
  });

  it("a stop text of the request is honoured inside a call as well", async () => {
    const { client } = await serving(qwen, SEARCH);
    expect(await told(client, { stop: "Corbo" })).toEqual(text(SEARCH.slice(0, SEARCH.indexOf("Corbo"))));
  });

  it("every choice has its own calls", async () => {
    const { client } = await serving(qwen, `${SEARCH}${WEATHER}`);
    const { choices } = await client.chat.completions.create({ ...ASK, n: 3 });
    const ids = choices.flatMap(({ message }) => (message.tool_calls ?? []).map(({ id }) => id));
    expect([choices.length, new Set(ids).size]).toEqual([3, 6]);
  });

  it("text is streamed before the call is whole", async () => {
    const { client } = await serving(qwen, `I look it up.\n${SEARCH}`);
    const kinds: string[] = [];
    for await (const { choices } of await client.chat.completions.create({ ...ASK, stream: true })) {
      const { delta, finish_reason: finish } = choices[0] ?? {};
      const call = delta?.tool_calls === undefined ? undefined : "call";
      kinds.push(call ?? delta?.content ?? finish ?? "nothing");
    }
    // While the call is written there is nothing to tell.
    expect([kinds.shift(), ...kinds.splice(-2)]).toEqual(["", "call", "tool_calls"]);
    expect(kinds.join("")).toBe("I look it up.");
    expect(kinds.length).toBeGreaterThan(2);
  });

  it("a loop of OpenAI's client runs the tools, and their results reach the template", async () => {
    const { scripted, client } = await serving(qwen, (prompt) =>
      prompt.includes("<tool_response>") ? "It is in Rome." : `I look.\n${SEARCH}\n${WEATHER}`,
    );
    const asked: unknown[] = [];
    const parse = (given: string): unknown => JSON.parse(given);
    const execute = (given: unknown): string => {
      asked.push(given);
      return `result ${asked.length} <|im_end|>`;
    };
    const runner = client.chat.completions.runTools({
      model: "scripted",
      messages: [{ role: "user", content: "Where?" }],
      stream: true,
      tools: TOOLS.flatMap((tool) =>
        tool.type === "function"
          ? [{ type: "function" as const, function: { ...tool.function, parse, function: execute } as never }]
          : [],
      ),
    });
    expect(await runner.finalContent()).toBe("It is in Rome.");
    expect(asked).toEqual([{ query: 'Bar "Corbo" é' }, { city: "Rome", days: 2 }]);
    const last = scripted.prompts.at(-1) ?? "";
    expect(last).toContain('{"name": "search", "description": "finds pages", "parameters": {"type": "object"');
    expect(last.slice(last.indexOf("<|im_start|>user"))).toBe(
      `<|im_start|>user\nWhere?<|im_end|>\n<|im_start|>assistant\nI look.\n${SEARCH}\n${WEATHER}<|im_end|>\n` +
        "<|im_start|>user\n<tool_response>\nresult 1 <|im_end|>\n</tool_response>\n" +
        "<tool_response>\nresult 2 <|im_end|>\n</tool_response><|im_end|>\n<|im_start|>assistant\n",
    );
  });

  it("a call inside the thought that the prompt has opened is none", async () => {
    const thinking = qwen.template.replace(
      "{{- '<|im_start|>assistant\\n' }}\n    {%- if",
      "{{- '<|im_start|>assistant\\n<think>\\n' }}\n    {%- if",
    );
    expect(thinking).not.toBe(qwen.template);
    const turn = { ...qwen.turn, opens: `${qwen.turn.opens}<think>\n` };
    const { scripted, client } = await serving(
      { ...qwen, template: thinking, turn },
      `or ${WEATHER}?\n</think>\n${SEARCH}`,
    );
    expect(scripted.dialect).toBe("hermes");
    expect(await told(client)).toEqual({
      content: `or ${WEATHER}?\n</think>`,
      calls: [SEARCHED],
      finish: "tool_calls",
    });
  });
});
