/** Conversations as data sets write them: OpenAI's messages, and ShareGPT's turns (`from`, `value`), become the same messages. */
import type { ChatMessage, ChatToolCall } from "../chat/chat-message.ts";
import { type Field, fieldOf, listOf, objectOf, stringOf, unpacked, wrong } from "./fields.ts";
import type { JsonObject } from "../std/json.ts";

type Role = ChatMessage["role"];
type Mend = (text: string) => string;
type Entry = Field & { readonly value: JsonObject };

const ROLES: Readonly<Record<string, Role>> = {
  system: "system",
  developer: "system",
  user: "user",
  assistant: "assistant",
  tool: "tool",
};
const SPEAKERS: Readonly<Record<string, Role | "call">> = {
  system: "system",
  human: "user",
  user: "user",
  gpt: "assistant",
  chatgpt: "assistant",
  assistant: "assistant",
  model: "assistant",
  function_call: "call",
  tool_call: "call",
  observation: "tool",
  function_response: "tool",
  tool: "tool",
};

/** `mend` is applied to every text. */
export function messagesOf(field: Field, mend: Mend): ChatMessage[] {
  const list = listOf(unpacked(field));
  if (list.length === 0) throw wrong(field, "at least one message");
  const messages = list.map((element) => {
    const entry = objectOf(element);
    return fieldOf(entry, "from").value === undefined ? openAiMessage(entry, mend) : shareGptMessage(entry, mend);
  });
  checkAnswers(list, messages);
  return messages;
}

function openAiMessage(entry: Entry, mend: Mend): ChatMessage {
  const role = known(fieldOf(entry, "role"), ROLES);
  const calls = fieldOf(entry, "tool_calls");
  const tool_calls = calls.value === undefined ? [] : listOf(unpacked(calls)).map((call) => callOf(objectOf(call)));
  if (tool_calls.length > 0 && role !== "assistant") throw wrong(calls, `nothing in a message of role "${role}"`);
  const content = fieldOf(entry, "content");
  const isSilent = content.value === undefined && tool_calls.length > 0;
  return {
    role,
    content: isSilent ? "" : mend(textOf(content)),
    ...optionalText(entry, "reasoning_content", mend),
    ...optionalText(entry, "name", (text) => text),
    ...optionalText(entry, "tool_call_id", (text) => text),
    ...(tool_calls.length === 0 ? {} : { tool_calls }),
  };
}

function shareGptMessage(entry: Entry, mend: Mend): ChatMessage {
  const speaker = known(fieldOf(entry, "from"), SPEAKERS);
  const value = fieldOf(entry, "value");
  if (speaker !== "call") return { role: speaker, content: mend(stringOf(value)) };
  return { role: "assistant", content: "", tool_calls: [functionOf(objectOf(unpacked(value)))] };
}

function known<T>(field: Field, table: Readonly<Record<string, T>>): T {
  const name = stringOf(field);
  const found = Object.hasOwn(table, name) ? table[name] : undefined;
  if (found !== undefined) return found;
  throw wrong(field, Object.keys(table).join(", "));
}

/** A string, or OpenAI's list of parts of which only texts are known. */
function textOf(field: Field): string {
  if (!Array.isArray(field.value)) return stringOf(field);
  const parts = listOf(field).map((element) => {
    const part = objectOf(element);
    const type = fieldOf(part, "type");
    if (type.value !== "text") throw wrong(type, '"text": nothing else can be trained on');
    return stringOf(fieldOf(part, "text"));
  });
  return parts.join("");
}

function optionalText(entry: Entry, key: string, mend: Mend): Record<string, string> {
  const field = fieldOf(entry, key);
  return field.value === undefined ? {} : { [key]: mend(stringOf(field)) };
}

function callOf(call: Entry): ChatToolCall {
  const type = fieldOf(call, "type");
  if (type.value !== undefined && type.value !== "function") throw wrong(type, '"function"');
  const inner = fieldOf(call, "function");
  // Some write the call itself, without the envelope.
  const read = functionOf(inner.value === undefined ? call : objectOf(inner));
  return { ...read, ...optionalText(call, "id", (text) => text) };
}

function functionOf(call: Entry): ChatToolCall {
  const given = unpacked(fieldOf(call, "arguments"));
  const { value } = given.value === undefined ? { value: {} } : objectOf(given);
  return { type: "function", function: { name: stringOf(fieldOf(call, "name")), arguments: value } };
}

/** A tool's message that names a call answers one that was made before it. */
function checkAnswers(list: readonly Field[], messages: readonly ChatMessage[]): void {
  const made = new Set<string>();
  for (const [i, message] of messages.entries()) {
    for (const call of message.tool_calls ?? []) if ("id" in call && typeof call.id === "string") made.add(call.id);
    if (message.role !== "tool" || !("tool_call_id" in message)) continue;
    const entry = fieldOf(objectOf(list[i] as Field), "tool_call_id");
    if (made.size > 0 && !made.has(stringOf(entry)))
      throw wrong(entry, `the id of a call before it: ${[...made].join(", ")}`);
  }
}
