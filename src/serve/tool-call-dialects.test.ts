/** Calls in the other dialects, and where no dialect is known, as OpenAI's client sees them. */
import { afterEach, describe, expect, it } from "vitest";
import { llama, plainChat, qwen } from "./testing/scripted-server.ts";
import {
  ASK,
  type ChatRequest,
  FORECAST,
  same,
  SEARCH,
  servers,
  text,
  type Told,
  told,
  TOOLS,
} from "./testing/tool-talk.ts";

const { serving, close } = servers();
afterEach(close);

describe("Llama 3's template", () => {
  const call = '{"name": "weather", "parameters": {"city": "Rome", "days": 2}}';

  it.each<[string, string, Told]>([
    ["a call", call, { content: null, calls: [FORECAST], finish: "tool_calls" }],
    ["two calls", `${call}; ${call}`, { content: null, calls: [FORECAST, FORECAST], finish: "tool_calls" }],
    [
      "text, then a call behind the python tag",
      `I look.<|python_tag|>${call}`,
      { content: "I look.", calls: [FORECAST], finish: "tool_calls" },
    ],
    ["JSON that calls nothing", ...same('{"city": "Rome"}')],
    ["one call of two that is none", ...same(`${call}; {"name": "python", "parameters": {}}`)],
    ["code", ...same('<|python_tag|>weather.call(city="Rome")')],
  ])("%s", async (_name, writes, expected) => {
    const { scripted, client } = await serving(llama, writes);
    expect(scripted.dialect).toBe("llama3");
    expect(await told(client)).toEqual(expected);
  });

  it("calls and results of the request reach the template; what it refuses is the client's to know", async () => {
    const { scripted, client } = await serving(llama, "Sunny.");
    const made = (id: string) => ({
      id,
      type: "function" as const,
      function: { name: "weather", arguments: FORECAST[1] },
    });
    const talk = (...ids: readonly string[]): Partial<ChatRequest> => ({
      messages: [
        { role: "user", content: "Rome?" },
        { role: "assistant", content: null, tool_calls: ids.map(made) },
        { role: "tool", tool_call_id: "a", content: "sun" },
      ],
    });
    expect(await told(client, talk("a"))).toEqual(text("Sunny."));
    expect(scripted.prompts[0]).toContain(
      '<|start_header_id|>assistant<|end_header_id|>\n\n{"name": "weather", "parameters": {"city": "Rome", "days": 2}}<|eot_id|>' +
        '<|start_header_id|>ipython<|end_header_id|>\n\n"sun"<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n',
    );
    await expect(client.chat.completions.create({ ...ASK, ...talk("a", "b") })).rejects.toThrow(
      /^400 messages: .*one call at a time/s,
    );
  });
});

describe("other templates", () => {
  it("calls stay text where no dialect is known", async () => {
    const { scripted, client } = await serving(plainChat, `A\n${SEARCH}`);
    expect(scripted.dialect).toBeNull();
    expect(await told(client)).toEqual(text(`A\n${SEARCH}`));
  });

  it("calls stay text where the dialect is set to none", async () => {
    const { client } = await serving(qwen, SEARCH, null);
    expect(await told(client)).toEqual(text(SEARCH));
  });
});

describe("the paper's tags, where they are asked for", () => {
  it.each<[string, string, Told]>([
    [
      "one text for the one field, and nothing behind the closing tag",
      "<think> where </think> <search> Bar Corbo </search> <result> made up </result>",
      {
        content: "<think> where </think>",
        calls: [["search", '{"query":"Bar Corbo"}']],
        finish: "tool_calls",
      },
    ],
    [
      "JSON for several",
      '<weather> {"city": "Rome"} </weather>',
      { content: null, calls: [["weather", '{"city":"Rome"}']], finish: "tool_calls" },
    ],
    ["a text for several", ...same("<weather> Rome </weather>")],
    ["an answer", ...same("<answer> Rome </answer>")],
    ["a broken turn", ...same("<think> a <search> Bar Corbo </search>")],
  ])("%s", async (_name, writes, expected) => {
    const { client } = await serving(plainChat, writes, "tags");
    expect(await told(client)).toEqual(expected);
  });

  it("no tool may have the name of another tag", async () => {
    const { client } = await serving(plainChat, "", "tags");
    const tools: ChatRequest["tools"] = [...TOOLS, { type: "function", function: { name: "think" } }];
    await expect(client.chat.completions.create({ ...ASK, tools })).rejects.toThrow(
      '400 tools.2.function.name: "think" has another meaning in this model\'s dialect, tags on lines',
    );
  });
});
