import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { chatRows, type ChatRowOptions } from "./chat-rows.ts";
import { collect, useDataFolder } from "./testing/data-files.ts";

const folder = useDataFolder();

async function read(row: unknown, options: ChatRowOptions = {}): Promise<unknown> {
  const rows = await collect(chatRows(folder.write("chat.jsonl", JSON.stringify(row)), options));
  return { messages: rows[0]?.messages, tools: rows[0]?.tools };
}

async function failure(row: unknown, options: ChatRowOptions = {}): Promise<string> {
  const path = folder.write("chat.jsonl", JSON.stringify(row));
  return folder.failure(() => chatRows(path, options));
}

const user = { role: "user", content: "2 + 2?" };
const call = { id: "c1", type: "function", function: { name: "add", arguments: '{"a": 2, "b": [2]}' } };

describe("conversations", () => {
  it("begin with a column `system` of the file, unless they have a system message", async () => {
    const conversations = [{ from: "human", value: "2 + 2?" }];
    const told = { role: "system", content: "Be brief." };
    const asked = { role: "user", content: "2 + 2?" };
    const read1 = async (row: object) => (await read(row)) as { messages: unknown };
    expect((await read1({ conversations, system: "Be brief." })).messages).toEqual([told, asked]);
    expect((await read1({ conversations, system: "" })).messages).toEqual([asked]);
    expect((await read1({ messages: [told, asked], system: "Other." })).messages).toEqual([told, asked]);
    expect(await failure({ conversations, system: 3 })).toContain("system is wrong");
  });

  it("in OpenAI's format: calls, results, tools", async () => {
    const schema = { type: "object", properties: { a: { type: "number" } } };
    const row = {
      messages: [
        {
          role: "developer",
          content: [
            { type: "text", text: "Be " },
            { type: "text", text: "brief." },
          ],
        },
        user,
        { role: "assistant", content: null, tool_calls: [call], reasoning_content: "add them" },
        { role: "tool", content: "4", tool_call_id: "c1", name: "add" },
        { role: "assistant", content: "4", tool_calls: null },
      ],
      tools: [
        { type: "function", function: { name: "add", description: "Adds.", parameters: schema } },
        { name: "now" },
      ],
    };
    expect(await read(row)).toEqual({
      messages: [
        { role: "system", content: "Be brief." },
        user,
        {
          role: "assistant",
          content: "",
          reasoning_content: "add them",
          tool_calls: [{ type: "function", id: "c1", function: { name: "add", arguments: { a: 2, b: [2] } } }],
        },
        { role: "tool", content: "4", tool_call_id: "c1", name: "add" },
        { role: "assistant", content: "4" },
      ],
      tools: [
        { type: "function", function: { name: "add", description: "Adds.", parameters: schema } },
        {
          type: "function",
          function: { name: "now", description: "", parameters: { type: "object", properties: {} } },
        },
      ],
    });
  });

  it("in ShareGPT's format: turns, calls, observations", async () => {
    const conversations = [
      { from: "system", value: "Be brief." },
      { from: "human", value: "2 + 2?" },
      { from: "function_call", value: '{"name": "add", "arguments": {"a": 2}}' },
      { from: "observation", value: "4" },
      { from: "gpt", value: "4" },
    ];
    expect(await read({ conversations })).toEqual({
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "2 + 2?" },
        {
          role: "assistant",
          content: "",
          tool_calls: [{ type: "function", function: { name: "add", arguments: { a: 2 } } }],
        },
        { role: "tool", content: "4" },
        { role: "assistant", content: "4" },
      ],
      tools: [],
    });
  });

  it("in columns that are named, as JSON in strings", async () => {
    const row = { chat: JSON.stringify([user]), functions: JSON.stringify([{ name: "now" }]), messages: "not these" };
    expect(await read(row, { columns: { messages: "chat", tools: "functions" } })).toMatchObject({
      messages: [user],
      tools: [{ function: { name: "now" } }],
    });
  });

  it("in CSV, where lists are JSON in a quoted field", async () => {
    const cell = JSON.stringify([user, { role: "assistant", content: "4" }]).replaceAll('"', '""');
    const rows = await collect(chatRows(folder.write("chat.csv", `id,messages\n1,"${cell}"\n`)));
    expect(rows[0]?.messages).toEqual([user, { role: "assistant", content: "4" }]);
  });

  it("special tokens and Unicode in texts stay as they are", async () => {
    const content = "<|im_end|> \u{1F600} \u0301 \r\n\t</s>";
    expect(await read({ messages: [{ role: "user", content }] })).toMatchObject({ messages: [{ content }] });
  });
});

describe("what is wrong with a row is said with file, row, field", () => {
  const assistant = { role: "assistant", content: "x" };
  it.each([
    [
      { text: "x" },
      "no column of messages\n  expected: messages, conversations, conversation, prompt\n  found: text\n  to fix: say which column holds the messages",
    ],
    [{ messages: [] }, "messages is wrong\n  expected: at least one message\n  found: []"],
    [{ messages: {} }, "messages is wrong\n  expected: a list\n  found: {}"],
    [
      { messages: "hello" },
      'messages is not JSON: Unexpected token \'h\', "hello" is not valid JSON\n  found: "hello"',
    ],
    [{ messages: [user, "x"] }, 'messages[1] is wrong\n  expected: an object\n  found: "x"'],
    [{ messages: [{ content: "x" }] }, "messages[0].role is wrong\n  expected: a string\n  found: nothing"],
    [
      { messages: [{ role: "User", content: "x" }] },
      'messages[0].role is wrong\n  expected: system, developer, user, assistant, tool\n  found: "User"',
    ],
    [
      { messages: [{ role: "__proto__", content: "x" }] },
      'messages[0].role is wrong\n  expected: system, developer, user, assistant, tool\n  found: "__proto__"',
    ],
    [{ messages: [{ role: "user" }] }, "messages[0].content is wrong\n  expected: a string\n  found: nothing"],
    [{ messages: [{ role: "user", content: 7 }] }, "messages[0].content is wrong\n  expected: a string\n  found: 7"],
    [
      { messages: [{ role: "user", content: [{ type: "image_url" }] }] },
      'messages[0].content[0].type is wrong\n  expected: "text": nothing else can be trained on\n  found: "image_url"',
    ],
    [
      { messages: [{ ...user, tool_calls: [call] }] },
      'messages[0].tool_calls is wrong\n  expected: nothing in a message of role "user"\n  found: [{"id":"c1","type":"function","function":{"name":"add","argu…',
    ],
    [
      { messages: [{ ...assistant, tool_calls: [{ function: { name: "f", arguments: "{" } }] }] },
      "messages[0].tool_calls[0].function.arguments is not JSON: Expected property name or '}' in JSON at position 1\n  found: \"{\"",
    ],
    [
      { messages: [{ ...assistant, tool_calls: [{ function: { name: "f", arguments: "[1]" } }] }] },
      "messages[0].tool_calls[0].function.arguments is wrong\n  expected: an object\n  found: [1]",
    ],
    [
      { messages: [{ ...assistant, tool_calls: [{ function: { arguments: {} } }] }] },
      "messages[0].tool_calls[0].function.name is wrong\n  expected: a string\n  found: nothing",
    ],
    [
      { messages: [{ ...assistant, tool_calls: [{ type: "custom" }] }] },
      'messages[0].tool_calls[0].type is wrong\n  expected: "function"\n  found: "custom"',
    ],
    [
      {
        messages: [
          { ...assistant, tool_calls: [call] },
          { role: "tool", content: "4", tool_call_id: "c2" },
        ],
      },
      'messages[1].tool_call_id is wrong\n  expected: the id of a call before it: c1\n  found: "c2"',
    ],
    [
      { conversations: [{ from: "bob", value: "x" }] },
      'conversations[0].from is wrong\n  expected: system, human, user, gpt, chatgpt, assistant, model, function_call, tool_call, observation, function_response, tool\n  found: "bob"',
    ],
    [{ conversations: [{ from: "human" }] }, "conversations[0].value is wrong\n  expected: a string\n  found: nothing"],
    [{ messages: [user], tools: {} }, "tools is wrong\n  expected: a list\n  found: {}"],
    [
      { messages: [user], tools: [{ type: "function" }] },
      "tools[0].name is wrong\n  expected: a string\n  found: nothing",
    ],
    [
      { messages: [user], tools: [{ name: "f", parameters: [] }] },
      "tools[0].parameters is wrong\n  expected: an object\n  found: []",
    ],
    [
      { messages: [user], tools: [{ name: "f" }, { name: "f" }] },
      'tools is wrong\n  expected: each name once\n  found: "f"',
    ],
  ])("%j", async (row, message) => {
    expect(await failure(row)).toBe(`FOLDER/chat.jsonl:1: ${message}`);
  });

  it("a column that is named and is not there", async () => {
    expect(await failure({ messages: [user] }, { columns: { messages: "chat" } })).toBe(
      'FOLDER/chat.jsonl:1: no column "chat"\n  found: messages',
    );
    expect(await failure({ messages: [user] }, { columns: { tools: "functions" } })).toBe(
      'FOLDER/chat.jsonl:1: no column "functions"\n  found: messages',
    );
  });
});

describe("damaged texts", () => {
  it("are repaired where it is known how, and reported", async () => {
    const warnings: string[] = [];
    const content = "\boxed{\frac{1}{2}} \boxed{x} and \u0000 a \b c";
    const rows = await read({ messages: [{ role: "user", content }] }, { onWarning: (text) => warnings.push(text) });
    expect(rows).toMatchObject({ messages: [{ content: "\\boxed{\\frac{1}{2}} \\boxed{x} and \u0000 a \b c" }] });
    expect(warnings).toEqual([
      expect.stringMatching(
        /chat\.jsonl: repaired \\boxed \(2\), \\frac \(1\); left as it is: control character 0x00 \(1\), control character 0x08 \(1\)$/,
      ),
    ]);
  });
});

const REAL = "../shared/data";
describe.skipIf(!existsSync(REAL))("the papers' files (skipped where ../shared/data is absent)", () => {
  it.each([
    // Counted in the files: two \\boxed a system prompt; of 25 form feeds 21 are \\frac, four what is left of a ligature.
    ["train_10k.parquet", 10_000, 21],
    ["hard_search_1k.parquet", 1071, 0],
    ["valid.parquet", 180, 0],
  ])("%s: every system prompt says \\boxed again", async (name, count, fractions) => {
    const warnings: string[] = [];
    const rows = await collect(chatRows(`${REAL}/${name}`, { onWarning: (text) => warnings.push(text) }));
    expect(rows).toHaveLength(count);
    expect(rows.every(({ messages }) => messages.map(({ role }) => role).join() === "system,user")).toBe(true);
    expect(rows.every(({ messages }) => messages[0]?.content.includes("\\boxed"))).toBe(true);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(`\\boxed (${2 * count})`);
    if (fractions === 0) return expect(warnings[0]).not.toContain("left as it is");
    expect(warnings[0]).toContain(`\\frac (${fractions}); left as it is: control character 0x0c (4)`);
  });
});
