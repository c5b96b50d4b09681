/** A stand-in where no real model is beside the repository: random weights of a tiny Llama that writes ChatML, one token a printable character. */
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../../src/run/make-folder.ts";

const TINY = "golden/tiny-models/llama";

/** Its 96 tokens: "!" … "|", a space and a line's end, spelled as byte-level BPE spells them, and two that are special. */
const TOKENS = [...Array.from({ length: 92 }, (_, i) => String.fromCharCode(33 + i)), "Ġ", "Ċ"];
const SPECIAL = ["<|im_start|>", "<|im_end|>"];

const CHATML =
  "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}" +
  "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

export function writeTinyModel(folder: string): string {
  makeFolder(folder);
  for (const name of ["config.json", "model.safetensors"]) copyFileSync(join(TINY, name), join(folder, name));
  const tokenizer = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: SPECIAL.map((content, i) => ({
      id: TOKENS.length + i,
      content,
      special: true,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
    })),
    normalizer: null,
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: null,
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(TOKENS.map((token, id) => [token, id])),
      merges: [],
    },
  };
  writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(tokenizer));
  const config = { tokenizer_class: "PreTrainedTokenizerFast", eos_token: "<|im_end|>", chat_template: CHATML };
  writeFileSync(
    join(folder, "tokenizer_config.json"),
    JSON.stringify({ ...config, clean_up_tokenization_spaces: false }),
  );
  return folder;
}
