/** What a conversation is for a template: its messages and tools, the special tokens by name, and variables of the template's own. */
import { AepoError } from "../std/errors.ts";
import type { Json, JsonObject } from "../std/json.ts";
import type { ChatMessage, ChatTool } from "./chat-message.ts";
import { breaker, mapTexts, unusedCharacters, wellFormed } from "./plain-text.ts";
import { type ChatTemplate, chatTemplate, type Marks } from "./template/chat-template.ts";

export interface ChatOptions {
  readonly tools?: readonly ChatTool[];
  /** Ends with what comes before an assistant's message. */
  readonly addGenerationPrompt?: boolean;
  /** What else the template asks for, such as enable_thinking. */
  readonly variables?: JsonObject;
  /** The day it is for the template (ISO). Without it there is none: what is written never depends on when. */
  readonly date?: string;
  /** Special tokens in messages, tools and variables are special. They are plain text otherwise, whoever wrote them. */
  readonly markup?: boolean;
}

export interface ChatRenderer {
  /** Throws if the tokenizer's files have no template. */
  readonly template: () => ChatTemplate;
  /** As the template writes it. */
  text(messages: readonly ChatMessage[], options: ChatOptions): string;
  /** One conversation up to several of its points, all broken by the same character. */
  rendering(messages: readonly ChatMessage[], options: ChatOptions): Conversation;
}

export interface Conversation {
  /** The character that breaks special tokens. */
  readonly broken: string;
  readonly marks: Marks;
  render(count: number, addGenerationPrompt: boolean, marked?: boolean): string;
}

const NAMED_TOKENS = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

export function chatRenderer(config: JsonObject, specials: readonly string[]): ChatRenderer {
  const named = Object.fromEntries(
    NAMED_TOKENS.flatMap((name) => {
      const text = tokenText(config[name]);
      return text === undefined ? [] : [[name, text] as const];
    }),
  );
  let compiled: ChatTemplate | undefined;
  const template = (): ChatTemplate => (compiled ??= chatTemplate(templateSource(config)));
  const values = (messages: unknown, { tools, variables = {} }: ChatOptions, map: (text: string) => string) => ({
    ...named,
    ...(mapTexts(variables, map) as JsonObject),
    messages: mapTexts(messages, map),
    tools: tools === undefined ? null : mapTexts(tools, map),
    documents: null,
  });
  const dated = ({ date }: ChatOptions): { date?: string } => (date === undefined ? {} : { date });
  return {
    template,
    text: (messages, options) =>
      template().render(
        { ...values(messages, options, wellFormed), add_generation_prompt: options.addGenerationPrompt === true },
        dated(options),
      ),
    rendering: (messages, options) => {
      const all = JSON.stringify([messages, options]) + templateSource(config);
      const [broken = "", begin = "", end = ""] = unusedCharacters(all, 3);
      const breakUp = options.markup === true ? (text: string) => text : breaker(specials, broken);
      const given = values(messages, options, (text) => breakUp(wellFormed(text)));
      const list = given.messages as readonly unknown[];
      return {
        broken,
        marks: [begin, end],
        render: (count, add_generation_prompt, marked = false) =>
          template().render(
            { ...given, messages: list.slice(0, count), add_generation_prompt },
            { ...dated(options), ...(marked ? { marks: [begin, end] as const } : {}) },
          ),
      };
    },
  };
}

/** A token in tokenizer_config.json: its text, or an object with it. */
export function tokenText(token: Json | undefined): string | undefined {
  if (typeof token === "string") return token;
  const content = typeof token === "object" && token !== null && "content" in token ? token["content"] : undefined;
  return typeof content === "string" ? content : undefined;
}

function templateSource(config: JsonObject): string {
  const source = config["chat_template"] ?? null;
  if (typeof source === "string") return source;
  throw new AepoError("policy", "the model has no chat template", {
    expected:
      "chat_template in tokenizer_config.json, a chat_template.jinja, or a GGUF file with tokenizer.chat_template",
    ...(source === null ? {} : { exists: JSON.stringify(source).slice(0, 60) }),
    fix: "use the model's instruction-tuned version, or put its chat_template.jinja into the folder",
  });
}
