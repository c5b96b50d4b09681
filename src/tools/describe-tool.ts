/** Tools as a chat template tells a model about them. */
import type { ChatTool } from "../chat/chat-message.ts";
import type { AnyTool } from "./tool.ts";
import { parametersOf } from "./tool-input.ts";

export function describeTool(tool: AnyTool): ChatTool {
  const { name, description } = tool;
  return { type: "function", function: { name, description, parameters: parametersOf(tool) } };
}
