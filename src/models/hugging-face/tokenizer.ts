/** The tokenizer of a model's folder, with the chat template where later code looks for it, wherever the files have it. */
import type { TokenizerFiles } from "../../chat/tokenizer-files.ts";
import { AepoError } from "../../std/errors.ts";
import type { Json, JsonObject } from "../../std/json.ts";
import type { Folder } from "./folder.ts";
import { isObject, readJsonFile, readTextFile } from "./read-file.ts";

const TOKENIZER = "tokenizer.json";
const TOKENIZER_CONFIG = "tokenizer_config.json";
const TEMPLATE = "chat_template.jinja";
const OLDER_TEMPLATE = "chat_template.json";

/** The largest vocabularies (Gemma's: 262,144 tokens, 580,604 merges) take about half of this. */
const TOKENIZER_LIMITS = { bytes: 64_000_000, values: 6_000_000 };
const CONFIG_LIMITS = { bytes: 16_000_000, values: 1_000_000 };
const TEMPLATE_BYTES = 1_000_000;

/** Null if there is no tokenizer.json. */
export async function readTokenizer(folder: Folder): Promise<TokenizerFiles | null> {
  if (!folder.has(TOKENIZER)) return null;
  const tokenizer = await readJsonFile(folder.file(TOKENIZER), TOKENIZER_LIMITS);
  const given = folder.has(TOKENIZER_CONFIG) ? await readJsonFile(folder.file(TOKENIZER_CONFIG), CONFIG_LIMITS) : {};
  const { chat_template: own, ...config } = given;
  const template = await chatTemplate(folder, own);
  return { tokenizer, config: template === null ? config : { ...config, chat_template: template } };
}

/** A file of its own goes first, as in transformers; the older form of one is what is left. */
async function chatTemplate(folder: Folder, own: Json | undefined): Promise<string | null> {
  if (folder.has(TEMPLATE)) return readTextFile(folder.file(TEMPLATE), TEMPLATE_BYTES);
  if (own !== undefined && own !== null) return defaultTemplate(own, folder.file(TOKENIZER_CONFIG));
  if (!folder.has(OLDER_TEMPLATE)) return null;
  const path = folder.file(OLDER_TEMPLATE);
  const { chat_template: older = null } = await readJsonFile(path, CONFIG_LIMITS);
  return defaultTemplate(older, path);
}

/** One template, or a list of named ones: then the one named "default", or the only one. */
function defaultTemplate(given: Json, path: string): string {
  if (typeof given === "string") return given;
  const templates = Array.isArray(given) ? (given as readonly Json[]) : [];
  const named = new Map(templates.filter(isNamedTemplate).map(({ name, template }) => [name, template]));
  const found = named.get("default") ?? (named.size === 1 ? [...named.values()][0] : undefined);
  if (found !== undefined) return found;
  throw new AepoError("policy", `${path}: chat_template has no default`, {
    expected: 'a text, or a list of { "name", "template" } of which one is named "default"',
    exists: named.size === 0 ? "no templates" : [...named.keys()].map((name) => name.slice(0, 60)).join(", "),
  });
}

function isNamedTemplate(json: Json): json is JsonObject & { readonly name: string; readonly template: string } {
  return isObject(json) && typeof json["name"] === "string" && typeof json["template"] === "string";
}
