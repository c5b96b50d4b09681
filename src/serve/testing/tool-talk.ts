/** A talk about tools with OpenAI's client: what is asked, and what is told, whole or put together from a stream. */
import OpenAI from "openai";
import { expect } from "vitest";
import type { DialectName } from "../../envs/dialects/list.ts";
import { type Family, type ScriptedServer, scriptedServer } from "./scripted-server.ts";

export type ChatRequest = OpenAI.ChatCompletionCreateParamsNonStreaming;

export interface Told {
  readonly content: string | null;
  readonly calls: readonly (readonly [string, string])[];
  readonly finish: string | null | undefined;
}

export const TOOLS: OpenAI.ChatCompletionTool[] = [
  {
    type: "function",
    function: {
      name: "search",
      description: "finds pages",
      parameters: { type: "object", properties: { query: { type: "string" } }, required: ["query"] },
    },
  },
  {
    type: "function",
    function: {
      name: "weather",
      parameters: { type: "object", properties: { city: { type: "string" }, days: { type: "integer" } } },
    },
  },
];
export const ASK: ChatRequest = { model: "scripted", messages: [{ role: "user", content: "Where?" }], tools: TOOLS };
export const SEARCH = '<tool_call>\n{"name": "search", "arguments": {"query": "Bar \\"Corbo\\" é"}}\n</tool_call>';
export const WEATHER = '<tool_call>\n{"name": "weather", "arguments": {"city": "Rome", "days": 2}}\n</tool_call>';

async function whole(client: OpenAI, request: ChatRequest): Promise<Told> {
  const [choice] = (await client.chat.completions.create(request)).choices;
  const calls = choice?.message.tool_calls ?? [];
  return {
    content: choice?.message.content ?? null,
    calls: calls.map((call) => (call.type === "function" ? [call.function.name, call.function.arguments] : ["", ""])),
    finish: choice?.finish_reason,
  };
}

/** Put together by hand, as the API says: by index. */
async function streamed(client: OpenAI, request: ChatRequest): Promise<Told> {
  const calls: { id: string; name: string; text: string }[] = [];
  let [content, finish] = ["", null as string | null];
  for await (const { choices } of await client.chat.completions.create({ ...request, stream: true })) {
    const [choice] = choices;
    content += choice?.delta.content ?? "";
    finish = choice?.finish_reason ?? finish;
    for (const { index, id = "", function: told } of choice?.delta.tool_calls ?? []) {
      const call = (calls[index] ??= { id, name: "", text: "" });
      call.name += told?.name ?? "";
      call.text += told?.arguments ?? "";
    }
  }
  if (calls.some(({ id }) => id === "")) throw new Error("a call has no id");
  return {
    content: content === "" && calls.length > 0 ? null : content,
    calls: calls.map(({ name, text }) => [name, text]),
    finish,
  };
}

/** What is told is the same, streamed or not. */
export async function told(client: OpenAI, changes: Partial<ChatRequest> = {}): Promise<Told> {
  const found = await whole(client, { ...ASK, ...changes });
  expect(await streamed(client, { ...ASK, ...changes })).toEqual(found);
  return found;
}

export const SEARCHED = ["search", '{"query":"Bar \\"Corbo\\" é"}'] as const;
export const FORECAST = ["weather", '{"city":"Rome","days":2}'] as const;
export const text = (content: string): Told => ({ content, calls: [], finish: "stop" });

/** A turn that stays as it is. */
export function same(turn: string): [string, Told] {
  return [turn, text(turn)];
}

export interface Serving {
  readonly scripted: ScriptedServer;
  readonly client: OpenAI;
}

/** Servers of one test file; `close` expects that nothing was left open, and nothing reported. */
export function servers() {
  const open: ScriptedServer[] = [];
  return {
    async serving(
      family: Family,
      writes: string | ((prompt: string) => string),
      dialect?: DialectName | null,
    ): Promise<Serving> {
      const scripted = await scriptedServer(family, typeof writes === "string" ? () => writes : writes, dialect);
      open.push(scripted);
      const client = new OpenAI({ baseURL: `${scripted.server.url}/v1`, apiKey: "none", maxRetries: 0 });
      return { scripted, client };
    },
    async close(): Promise<void> {
      for (const { server, reports } of open.splice(0)) {
        expect([server.open, reports]).toEqual([0, []]);
        await server.close();
      }
    },
  };
}
