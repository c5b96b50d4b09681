/**
 * Conversations of a data file as tokens to learn: the model's own template writes each, and what the assistant wrote in it is
 * trained. Conversations are never cut: one that is too long, or in which nothing is to be learnt, is left out and counted.
 */
import type { ChatTokenizer } from "../chat/chat-tokenizer.ts";
import { type ChatRow, chatRows } from "../data/chat-rows.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import { AepoError } from "../std/errors.ts";
import type { DataOptions } from "./data-options.ts";
import type { DemonstrationTokens } from "./demonstration.ts";

/** Throws AepoError at a row that is wrong, and if none is left. */
export async function chatExamples(
  { file, columns, maxTokens, turns }: DataOptions,
  tokenizer: Tokenizer,
  onWarning: (text: string) => void,
): Promise<DemonstrationTokens[]> {
  const chat = withTemplate(tokenizer);
  const examples: DemonstrationTokens[] = [];
  const leftOut = new Map<string, string[]>();
  const leaveOut = (reason: string, place: string): void =>
    void leftOut.set(reason, [...(leftOut.get(reason) ?? []), place]);
  for await (const row of chatRows(file, { columns, onWarning })) {
    const example = encode(chat, row, turns);
    if (!example.trained.includes(true)) leaveOut("without a turn to learn", row.place);
    else if (example.ids.length > maxTokens) leaveOut(`longer than ${maxTokens} tokens`, row.place);
    else examples.push(example);
  }
  const reasons = [...leftOut].map(([reason, places]) => `${places.length} ${reason} (first ${places[0]})`);
  if (examples.length === 0) {
    throw new AepoError("config", `${file} has nothing to learn from`, {
      exists: reasons.length === 0 ? "no conversations" : reasons.join(", "),
      fix: "give conversations with assistant turns, of at most data.maxTokens tokens",
    });
  }
  if (reasons.length > 0) onWarning(`left out: ${reasons.join(", ")}; ${examples.length} are left`);
  return examples;
}

function encode(tokenizer: ChatTokenizer, row: ChatRow, turns: DataOptions["turns"]): DemonstrationTokens {
  const { messages, tools, place } = row;
  try {
    const encoded = tokenizer.encodeTurns(messages, { turns, ...(tools.length === 0 ? {} : { tools }) });
    return { ids: encoded.tokens, trained: encoded.assistantMask };
  } catch (thrown) {
    if (!(thrown instanceof AepoError)) throw thrown;
    throw new AepoError(thrown.kind, `${place}: ${thrown.message}`, { cause: thrown });
  }
}

function withTemplate(tokenizer: Tokenizer): ChatTokenizer {
  if ("encodeTurns" in tokenizer && (tokenizer as ChatTokenizer).hasTemplate) return tokenizer as ChatTokenizer;
  throw new AepoError("config", "the model has no chat template to write conversations with", {
    expected: "an instruction-tuned model, or one with a chat_template.jinja in its folder",
    fix: "give such a model as from, or learn from a task's demonstrations (task instead of data)",
  });
}
