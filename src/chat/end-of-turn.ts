/** The tokens that end an assistant's turn: what the template writes behind an answer and behind a call, and the model's own end. */
import { AepoError } from "../std/errors.ts";
import type { ChatMessage } from "./chat-message.ts";
import type { ChatRenderer } from "./render-chat.ts";

const QUESTION: ChatMessage = { role: "user", content: "aepo question" };
const ANSWER: ChatMessage = { role: "assistant", content: "aepo answer" };
const CALL: ChatMessage = {
  role: "assistant",
  content: "",
  tool_calls: [{ id: "aepocall1", type: "function", function: { name: "aepo_tool", arguments: {} } }],
};

/** Texts in the order found; none of a tokenizer without template. `firstSpecial`: the first special token in a text. */
export function endsOfTurn(renderer: ChatRenderer, firstSpecial: (text: string) => string | undefined): string[] {
  return [[ANSWER, "aepo answer"] as const, [CALL, "aepo_tool"] as const].flatMap(([message, written]) => {
    const text = rendered(renderer, message);
    const at = text.lastIndexOf(written);
    const end = at < 0 ? undefined : firstSpecial(text.slice(at + written.length));
    return end === undefined ? [] : [end];
  });
}

/** Templates may refuse calls, or anything. */
function rendered(renderer: ChatRenderer, message: ChatMessage): string {
  try {
    return renderer.text([QUESTION, message], {});
  } catch (thrown) {
    if (thrown instanceof AepoError) return "";
    throw thrown;
  }
}
