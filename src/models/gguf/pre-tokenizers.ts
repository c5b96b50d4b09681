/**
 * How byte-level BPE cuts text before it merges. GGUF files give it a name, Hugging Face's tokenizer.json writes it out; llama.cpp's
 * vocabulary code says which names mean the same.
 */
import type { Json, JsonObject } from "../../std/json.ts";

export interface PreTokenizer {
  /** The first is written, all are read. */
  readonly names: readonly string[];
  /** Patterns whose matches, and the text between them, become pieces of their own, one pattern after the other. */
  readonly patterns: readonly string[];
  /** GPT-2's own pattern after those; it has no place in `patterns` because tokenizer.json has a word for it. */
  readonly gpt2: boolean;
  /** Text is composed (NFC) first. llama.cpp leaves it as it is. */
  readonly composed: boolean;
  /** A piece that is a token is one, however the merges would have it. */
  readonly ignoreMerges: boolean;
  /** Where the file does not say. */
  readonly addsBegin: boolean;
}

const CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const REST = " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const WORD = "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+";
const QWEN2 = `${CONTRACTIONS}|${WORD}|\\p{N}|${REST}`;
const LLAMA3 = `${CONTRACTIONS}|${WORD}|\\p{N}{1,3}|${REST}`;
const UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
const LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
const BEFORE = "[^\\r\\n\\p{L}\\p{N}]?";
const TEKKEN = `${BEFORE}${UPPER}*${LOWER}+|${BEFORE}${UPPER}+${LOWER}*|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;

const PLAIN = { patterns: [], gpt2: false, composed: false, ignoreMerges: false, addsBegin: false };

export const PRE_TOKENIZERS: readonly PreTokenizer[] = [
  // Single digits first. tokenizer.json may say `Digits`; its pattern is the same, and read alike everywhere.
  {
    ...PLAIN,
    names: ["smollm", "starcoder", "refact", "codeshell", "exaone", "minerva-7b", "mellum2"],
    patterns: ["\\p{N}"],
    gpt2: true,
  },
  {
    ...PLAIN,
    names: [
      "gpt-2",
      "phi-2",
      "mpt",
      "olmo",
      "jais",
      "trillion",
      "granite-docling",
      "exaone4",
      "gigachat",
      "a.x-4.0",
      "mellum",
    ],
    gpt2: true,
  },
  { ...PLAIN, names: ["qwen2"], patterns: [QWEN2], composed: true },
  { ...PLAIN, names: ["deepseek-r1-qwen", "kormo", "f2llmv2", "megrez"], patterns: [QWEN2] },
  {
    ...PLAIN,
    names: ["llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2"],
    patterns: [LLAMA3],
    ignoreMerges: true,
    addsBegin: true,
  },
  { ...PLAIN, names: ["smaug-bpe", "dbrx"], patterns: [LLAMA3] },
  { ...PLAIN, names: ["tekken"], patterns: [TEKKEN], ignoreMerges: true, addsBegin: true },
];

/** As tokenizer.json writes it. */
export function preTokenizerJson({ patterns, gpt2 }: PreTokenizer): JsonObject {
  const splits = patterns.map((pattern) => ({
    type: "Split",
    pattern: { Regex: pattern },
    behavior: "Isolated",
    invert: false,
  }));
  const bytes = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: gpt2 };
  return splits.length === 0 ? bytes : { type: "Sequence", pretokenizers: [...splits, bytes] };
}

/** The one that tokenizer.json's fields describe, or undefined. */
export function recognisedPreTokenizer(
  preTokenizer: Json,
  normalizer: Json,
  ignoreMerges: boolean,
): PreTokenizer | undefined {
  const steps = stepsOf(preTokenizer);
  const composed = isComposing(normalizer);
  if (composed === undefined) return undefined;
  return PRE_TOKENIZERS.find(
    (known) =>
      known.composed === composed &&
      known.ignoreMerges === ignoreMerges &&
      steps.join("\n") === stepsOf(preTokenizerJson(known)).join("\n"),
  );
}

/** Each step as a text that is equal for equal steps. */
function stepsOf(step: Json): string[] {
  if (!isObject(step)) return ["?"];
  const { type } = step;
  if (type === "Sequence") return Array.isArray(step["pretokenizers"]) ? step["pretokenizers"].flatMap(stepsOf) : ["?"];
  if (type === "Digits" && step["individual_digits"] === true) return ["split \\p{N}"];
  if (type === "ByteLevel") return step["add_prefix_space"] === true ? ["?"] : [`bytes ${step["use_regex"] !== false}`];
  const pattern = isObject(step["pattern"] ?? null) ? (step["pattern"] as JsonObject)["Regex"] : undefined;
  const isIsolating = type === "Split" && step["behavior"] === "Isolated" && step["invert"] !== true;
  return isIsolating && typeof pattern === "string" ? [`split ${pattern}`] : ["?"];
}

/** Whether text is composed; undefined where it is changed in another way. */
function isComposing(normalizer: Json): boolean | undefined {
  if (normalizer === null) return false;
  if (!isObject(normalizer)) return undefined;
  if (normalizer["type"] === "NFC") return true;
  const steps = normalizer["normalizers"];
  if (normalizer["type"] !== "Sequence" || !Array.isArray(steps)) return undefined;
  if (steps.length === 0) return false;
  return steps.length === 1 ? isComposing(steps[0] as Json) : undefined;
}

function isObject(json: Json): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
