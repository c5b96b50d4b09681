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
  /** Special tokens and tags in messages, tools and variables are tokens. They are plain text otherwise, whoever wrote them. */
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

/** Who may write a family's tags: the model itself, and who sets it up. What others say is data. */
const WRITES_TAGS = ["assistant", "system"];

export function chatRenderer(
  config: JsonObject,
  specials: readonly string[],
  tags: readonly string[] = [],
): ChatRenderer {
  const named = Object.fromEntries(
    NAMED_TOKENS.flatMap((name) => {
      const text = tokenText(config[name]);
      return text === undefined ? [] : [[name, text] as const];
    }),
  );
  let compiled: ChatTemplate | undefined;
  const template = (): ChatTemplate => (compiled ??= chatTemplate(templateSource(config)));
  const values = (
    messages: readonly ChatMessage[],
    { tools, variables = {} }: ChatOptions,
    map: (text: string) => string,
    mapOwn = map,
  ) => ({
    ...named,
    ...(mapTexts(variables, map) as JsonObject),
    messages: messages.map((message) => mapTexts(message, WRITES_TAGS.includes(message.role) ? mapOwn : map)),
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
      const breaking = (texts: readonly string[]): ((text: string) => string) => {
        const breakUp = breaker(options.markup === true ? [] : texts, broken);
        return (text) => breakUp(wellFormed(text));
      };
      const given = values(messages, options, breaking([...specials, ...tags]), breaking(specials));
      return {
        broken,
        marks: [begin, end],
        render: (count, add_generation_prompt, marked = false) =>
          template().render(
            { ...given, messages: given.messages.slice(0, count), add_generation_prompt },
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
