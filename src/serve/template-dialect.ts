/**
 * Which dialect a model writes its calls in: the one that reads back a call as the model's own chat template writes it, or the one
 * that the template teaches where it tells of tools. Null where neither is known.
 */
import type { ChatMessage, ChatTool } from "../chat/chat-message.ts";
import type { ChatTokenizer } from "../chat/chat-tokenizer.ts";
import type { Dialect } from "../envs/dialects/dialect.ts";
import { type DialectName, dialectOf } from "../envs/dialects/list.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import { AepoError } from "../std/errors.ts";
import { declaredTools } from "./declared-tools.ts";

/** With a chat template or without. */
type MayRenderChat = Tokenizer & Partial<Pick<ChatTokenizer, "hasTemplate" | "renderChat">>;

/** The paper's tags are in no template: whoever trained a model on them says so. */
const IN_TEMPLATES: readonly DialectName[] = ["hermes", "llama3"];

const TOOL: ChatTool = {
  type: "function",
  function: {
    name: "aepo_tool",
    description: "a tool",
    parameters: { type: "object", properties: { word: { type: "string" } }, required: ["word"] },
  },
};
const QUESTION: ChatMessage = { role: "user", content: "aepo question" };
const CALL: ChatMessage = {
  role: "assistant",
  content: "",
  tool_calls: [{ id: "aepocall1", type: "function", function: { name: "aepo_tool", arguments: { word: "aepo" } } }],
};

export function templateDialect(tokenizer: MayRenderChat): DialectName | null {
  const prompt = rendered(tokenizer, [QUESTION], true);
  const plain = rendered(tokenizer, [QUESTION], false);
  const whole = rendered(tokenizer, [QUESTION, CALL], false);
  // A prompt may end with more than the template writes before a turn that is over, such as an open thought.
  const before = whole.startsWith(prompt) ? prompt : whole.startsWith(plain) ? plain : "";
  const written = whole.slice(before.length);
  const readBack = IN_TEMPLATES.find((name) => reads(dialectOf(name), written));
  return readBack ?? (/<tool_call>\s*\{/.test(prompt) ? "hermes" : null);
}

function reads(dialect: Dialect, written: string): boolean {
  const action = dialect.parse(written, declaredTools(dialect, [TOOL]).tools);
  return action.kind === "call" && action.input === '{"word":"aepo"}';
}

/** Nothing where the template refuses: some do refuse tools. */
function rendered(tokenizer: MayRenderChat, messages: readonly ChatMessage[], addGenerationPrompt: boolean): string {
  if (tokenizer.hasTemplate !== true) return "";
  try {
    return tokenizer.renderChat?.(messages, { tools: [TOOL], addGenerationPrompt }) ?? "";
  } catch (thrown) {
    if (thrown instanceof AepoError) return "";
    throw thrown;
  }
}
