/** What a chat request asks for: its messages are written down by the model's own template. */
import type { ChatMessage, ChatTool } from "../chat/chat-message.ts";
import type { JsonObject } from "../std/json.ts";
import { type AnswerPlan, encoding, plainReader } from "./answer.ts";
import { badRequest } from "./api-error.ts";
import type { ChatRequest } from "./requests.ts";
import type { ServedModel } from "./served-model.ts";

export function chatPlan({ id, tokenizer }: ServedModel, request: ChatRequest): AnswerPlan {
  if (tokenizer.encodeChat === undefined) {
    throw badRequest(`the model "${id}" has no chat template: ask it with /v1/completions`, "model");
  }
  if (request.top_logprobs != null && request.logprobs !== true) {
    throw badRequest("top_logprobs: has no effect without logprobs: true", "top_logprobs");
  }
  const messages = request.messages.map(messageOf);
  const tools = request.tool_choice === "none" ? [] : (request.tools ?? []).map(toolOf);
  const ids = encoding("messages", () =>
    tokenizer.encodeChat?.(messages, { ...(tools.length === 0 ? {} : { tools }), addGenerationPrompt: true }),
  );
  return {
    prompts: [ids ?? []],
    fields: request,
    maxTokens: request.max_completion_tokens ?? request.max_tokens ?? null,
    topLogprobs: request.top_logprobs ?? 0,
    reader: () => plainReader,
  };
}

function messageOf(message: ChatRequest["messages"][number]): ChatMessage {
  if (message.role === "developer" || message.role === "system") return { role: "system", content: message.content };
  if (message.role !== "assistant") return { role: message.role, content: message.content };
  const calls = message.tool_calls ?? [];
  return {
    role: "assistant",
    content: message.content ?? "",
    ...(calls.length === 0
      ? {}
      : {
          tool_calls: calls.map(({ function: { name, arguments: input } }) => ({
            type: "function",
            function: { name, arguments: input },
          })),
        }),
  };
}

function toolOf({
  function: { name, description = "", parameters },
}: NonNullable<ChatRequest["tools"]>[number]): ChatTool {
  const schema = (parameters ?? { type: "object", properties: {} }) as JsonObject;
  return { type: "function", function: { name, description, parameters: schema } };
}
