/**
 * A checkpoint that writes what it is told to: each phrase is one token of its vocabulary, and what follows a token is drawn by
 * odds that depend on that token alone. A transformer of a real family whose layers begin by adding nothing: embeddings are unit
 * vectors, output weights the logarithms of the odds. It is sampled, scored and trained like any other model.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { byteAlphabet } from "../../src/chat/byte-alphabet.ts";
import { modelConfigFromJson } from "../../src/policy/config-json.ts";
import { EMBEDDING, OUTPUT, parameterShapes } from "../../src/policy/parameters.ts";
import { writeSafetensors } from "../../src/policy/safetensors-write.ts";
import { makeFolder } from "../../src/run/make-folder.ts";
import { randomStream } from "../../src/std/random.ts";

export type Family = "qwen3" | "qwen2" | "llama3";

/** After a text (one character or a phrase) each of these with these odds; after any other the turn ends. */
export type Odds = Readonly<Record<string, Readonly<Record<string, number>>>>;

const END = "<|im_end|>";
const START = "<|im_start|>";
const WIDTH = 288;
/** The logarithm of the odds of whatever is not to be written. */
const NEVER = -30;

const CHATML =
  "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}" +
  "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

export function writePhraseModel(folder: string, family: Family, odds: Odds): string {
  makeFolder(folder);
  const bytes = [...byteAlphabet()];
  const phrases = [...new Set(Object.values(odds).flatMap((next) => Object.keys(next)))].filter((text) => text !== END);
  const added = [START, END, ...phrases].map((content, i) => ({ content, id: bytes.length + i }));
  const idOf = (text: string): number => {
    const phrase = added.find(({ content }) => content === text);
    return phrase?.id ?? bytes.findIndex(([, byte]) => byte === text.charCodeAt(0));
  };
  const size = bytes.length + added.length;
  if (size > WIDTH) throw new Error(`${size} tokens do not fit into a width of ${WIDTH}`);
  const config = configOf(family, size);
  writeFileSync(join(folder, "config.json"), config);
  writeFileSync(join(folder, "model.safetensors"), writeSafetensors(weights(config, size, idOf, odds)));
  const vocabulary = Object.fromEntries(bytes.map(([sign], id) => [sign, id]));
  writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(tokenizerOf(vocabulary, added)));
  const settings = { tokenizer_class: "PreTrainedTokenizerFast", eos_token: END, chat_template: CHATML };
  writeFileSync(
    join(folder, "tokenizer_config.json"),
    JSON.stringify({ ...settings, clean_up_tokenization_spaces: false }),
  );
  return folder;
}

function configOf(family: Family, vocab_size: number): string {
  const tiny: object = JSON.parse(readFileSync(`golden/tiny-models/${family}/config.json`, "utf8"));
  const heads = { num_attention_heads: 9, num_key_value_heads: 3, head_dim: WIDTH / 9 };
  const sizes = { hidden_size: WIDTH, ...heads, vocab_size, max_position_embeddings: 8192 };
  return JSON.stringify({ ...tiny, ...sizes, tie_word_embeddings: false });
}

function weights(config: string, size: number, idOf: (text: string) => number, odds: Odds) {
  const shapes = parameterShapes(modelConfigFromJson(config));
  return new Map(
    shapes.map(({ name, shape }) => {
      const data = new Float32Array(shape.reduce((product, extent) => product * extent, 1));
      const stream = randomStream(1, "phrase-model", name);
      if (name === EMBEDDING) for (let id = 0; id < size; id++) data[id * WIDTH + id] = 1;
      else if (name === OUTPUT) data.set(outputWeights(size, idOf, odds));
      else if (name.endsWith("norm.weight")) data.fill(1);
      else if (!/(?:o_proj|down_proj)\.weight$|\.bias$/.test(name))
        data.forEach((_, i) => (data[i] = stream.normal() / 50));
      return [name, { shape, data }] as const;
    }),
  );
}

/** A unit vector leaves the last norm as √WIDTH times itself. */
function outputWeights(size: number, idOf: (text: string) => number, odds: Odds): Float32Array {
  const data = new Float32Array(size * WIDTH).fill(NEVER / Math.sqrt(WIDTH));
  const allow = (after: number, next: number, weight: number): void => {
    data[next * WIDTH + after] = Math.log(weight) / Math.sqrt(WIDTH);
  };
  const told = new Map(Object.entries(odds).map(([text, next]) => [idOf(text), next]));
  for (let id = 0; id < size; id++) {
    for (const [text, weight] of Object.entries(told.get(id) ?? { [END]: 1 })) allow(id, idOf(text), weight);
  }
  return data;
}

function tokenizerOf(vocab: object, added: readonly { readonly content: string; readonly id: number }[]): object {
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: added.map(({ content, id }) => ({
      id,
      content,
      special: content === START || content === END,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
    })),
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab,
      merges: [],
    },
  };
}
