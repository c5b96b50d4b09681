/**
 * What a chat request asks for: its messages and tools are written down by the model's own template, calls are read out of the
 * answer as the model's dialect writes them.
 */
import type { ChatMessage, ChatTool, ChatToolCall } from "../chat/chat-message.ts";
import type { JsonObject } from "../std/json.ts";
import { type AnswerPlan, encoding, plainReader } from "./answer.ts";
import { badRequest } from "./api-error.ts";
import { CallReader } from "./call-reader.ts";
import { declaredTools } from "./declared-tools.ts";
import type { ChatRequest } from "./requests.ts";
import { canChat, type ServedModel } from "./served-model.ts";

/** Tokens of a prompt's end in which a template may open a thought. */
const PROMPT_END = 16;

export function chatPlan({ id, tokenizer, dialect }: ServedModel, request: ChatRequest): AnswerPlan {
  if (!canChat(tokenizer)) {
    throw badRequest(`the model "${id}" has no chat template: ask it with /v1/completions`, "model");
  }
  if (request.top_logprobs != null && request.logprobs !== true) {
    throw badRequest("top_logprobs: has no effect without logprobs: true", "top_logprobs");
  }
  const messages = request.messages.map(messageOf);
  const tools = request.tool_choice === "none" ? [] : (request.tools ?? []).map(toolOf);
  const ids = encoding("messages", () =>
    tokenizer.encodeChat(messages, { ...(tools.length === 0 ? {} : { tools }), addGenerationPrompt: true }),
  );
  const plan = {
    prompts: [ids],
    fields: request,
    maxTokens: request.max_completion_tokens ?? request.max_tokens ?? null,
    topLogprobs: request.top_logprobs ?? 0,
  };
  if (dialect === null || tools.length === 0) return { ...plan, turnStops: [], reader: () => plainReader };
  const declared = declaredTools(dialect, tools);
  const inThought = /<think>\s*$/.test(tokenizer.decode(ids.slice(-PROMPT_END)));
  const most = request.parallel_tool_calls === false ? { mostCalls: 1 } : {};
  return {
    ...plan,
    turnStops: dialect.stops(declared.tools),
    reader: () => new CallReader(dialect, declared, { inThought, ...most }),
  };
}

function messageOf(message: ChatRequest["messages"][number]): ChatMessage {
  switch (message.role) {
    case "developer":
    case "system":
      return { role: "system", content: message.content };
    case "user":
      return { role: "user", content: message.content };
    case "tool": {
      const { content, name, tool_call_id: id } = message;
      return { role: "tool", content, ...(name == null ? {} : { name }), ...(id == null ? {} : { tool_call_id: id }) };
    }
    case "assistant": {
      const calls = (message.tool_calls ?? []).map(callOf);
      return {
        role: "assistant",
        content: message.content ?? "",
        ...(calls.length === 0 ? {} : { tool_calls: calls }),
      };
    }
  }
}

type RequestCall = NonNullable<
  Extract<ChatRequest["messages"][number], { readonly role: "assistant" }>["tool_calls"]
>[number];

function callOf({ id, function: { name, arguments: input } }: RequestCall): ChatToolCall {
  return { ...(id == null ? {} : { id }), type: "function", function: { name, arguments: input } };
}

function toolOf({
  function: { name, description = "", parameters },
}: NonNullable<ChatRequest["tools"]>[number]): ChatTool {
  const schema = (parameters ?? { type: "object", properties: {} }) as JsonObject;
  return { type: "function", function: { name, description, parameters: schema } };
}
