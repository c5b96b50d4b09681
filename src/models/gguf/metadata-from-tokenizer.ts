/**
 * Metadata of a GGUF file from tokenizer.json and tokenizer_config.json. What llama.cpp would tokenise otherwise is an error, with
 * one exception: it does not compose text (NFC) first, where Qwen's tokenizer does.
 */
import { z } from "zod";
import type { TokenizerFiles } from "../../chat/tokenizer-files.ts";
import { AepoError } from "../../std/errors.ts";
import type { Json } from "../../std/json.ts";
import type { Entries, TypedValue } from "./header-bytes.ts";
import { PRE_TOKENIZERS, recognisedPreTokenizer } from "./pre-tokenizers.ts";
import { sentencePieceScores } from "./sentencepiece-scores.ts";
import { type BpeTokenizer, bpeTokenizer, type TokenizerConfig, tokenizerConfig } from "./tokenizer-schemas.ts";
import { TOKEN_TYPES } from "./vocabulary.ts";

/** `rows` are those of the embeddings: tokens that are not there are filled up to it. */
export function tokenizerEntries(files: TokenizerFiles | null, rows: number): Entries {
  if (files === null) return [["tokenizer.ggml.model", { type: "text", value: "none" }]];
  const tokenizer = bpeTokenizer(files);
  const config = tokenizerConfig(files);
  const { tokens, types } = tokensOf(tokenizer, rows);
  const ids = new Map(tokens.map((token, index) => [token, index]));
  if (ids.size < tokens.length) {
    const twice = tokens.find((token, index) => ids.get(token) !== index);
    throw new AepoError("policy", `tokenizer.json has the token ${JSON.stringify(twice)} twice`);
  }
  const parts = tokenizer.model.byte_fallback
    ? sentencePieceEntries(tokenizer, tokens, types)
    : byteLevelEntries(tokenizer);
  return [
    ...parts,
    ["tokenizer.ggml.tokens", { type: "texts", value: tokens }],
    ["tokenizer.ggml.token_type", { type: "integers", value: types }],
    ...specialEntries(tokenizer, config, ids),
    ...templateEntries(config),
  ];
}

function tokensOf({ model, added_tokens: added }: BpeTokenizer, rows: number): { tokens: string[]; types: number[] } {
  const tokens = Array.from({ length: rows }, (_, index) => `[PAD${index}]`);
  const types = new Array<number>(rows).fill(TOKEN_TYPES.unused);
  const put = (token: string, index: number, type: number): void => {
    if (index >= rows) {
      throw new AepoError("policy", `token ${JSON.stringify(token)} has id ${index}`, {
        expected: `below ${rows}, the rows of the embeddings`,
      });
    }
    if (types[index] !== TOKEN_TYPES.unused && tokens[index] !== token) {
      throw new AepoError(
        "policy",
        `tokens ${JSON.stringify(tokens[index])} and ${JSON.stringify(token)} have the same id`,
        {
          exists: `id ${index}`,
        },
      );
    }
    tokens[index] = token;
    types[index] = type;
  };
  for (const [token, index] of Object.entries(model.vocab)) put(token, index, typeOf(token, model));
  for (const { content, id, special } of added) {
    if (types[id] === TOKEN_TYPES.unknown) continue;
    put(content, id, special ? TOKEN_TYPES.control : TOKEN_TYPES.userDefined);
  }
  return { tokens, types };
}

function typeOf(token: string, model: BpeTokenizer["model"]): number {
  if (!model.byte_fallback) return TOKEN_TYPES.normal;
  if (token === model.unk_token) return TOKEN_TYPES.unknown;
  return /^<0x[0-9A-F]{2}>$/.test(token) ? TOKEN_TYPES.byte : TOKEN_TYPES.normal;
}

function byteLevelEntries({ model, pre_tokenizer, normalizer }: BpeTokenizer): Entries {
  const known = recognisedPreTokenizer(pre_tokenizer, normalizer, model.ignore_merges);
  const name = known?.names[0];
  if (name === undefined) {
    throw new AepoError("policy", "llama.cpp has no name for how tokenizer.json cuts text", {
      expected: `one of ${PRE_TOKENIZERS.map(({ names }) => names[0]).join(", ")}`,
      exists: JSON.stringify({ normalizer, pre_tokenizer, ignore_merges: model.ignore_merges }).slice(0, 400),
      fix: "export to Hugging Face's format",
    });
  }
  return [
    ["tokenizer.ggml.model", text("gpt2")],
    ["tokenizer.ggml.pre", text(name)],
    ["tokenizer.ggml.merges", { type: "texts", value: model.merges.map((pair) => pair.join(" ")) }],
  ];
}

function sentencePieceEntries(tokenizer: BpeTokenizer, tokens: readonly string[], types: readonly number[]): Entries {
  const { scores, prefixed } = sentencePieceScores(tokenizer, tokens, types);
  return [
    ["tokenizer.ggml.model", text("llama")],
    ["tokenizer.ggml.pre", text("default")],
    ["tokenizer.ggml.scores", { type: "floats", value: scores }],
    ["tokenizer.ggml.add_space_prefix", { type: "flag", value: prefixed }],
  ];
}

function specialEntries(tokenizer: BpeTokenizer, config: TokenizerConfig, ids: ReadonlyMap<string, number>): Entries {
  const special = [
    ["bos", config.bos_token],
    ["eos", config.eos_token],
    ["unknown", config.unk_token ?? tokenizer.model.unk_token],
    ["padding", config.pad_token],
  ] as const;
  const entries = special.flatMap(([name, token]): Entries => {
    if (token === null || token === undefined) return [];
    const index = ids.get(token);
    if (index !== undefined) return [[`tokenizer.ggml.${name}_token_id`, { type: "count", value: index }]];
    throw new AepoError("policy", `tokenizer_config.json: the ${name} token ${JSON.stringify(token)} is no token`);
  });
  if (config.eos_token === null || config.eos_token === undefined) {
    throw new AepoError("policy", "tokenizer_config.json has no eos_token; llama.cpp would take token 11 for it", {
      fix: 'say which token ends a text: "eos_token" in tokenizer_config.json',
    });
  }
  const { begins, ends } = surroundings(tokenizer.post_processor, config);
  return [
    ...entries,
    ["tokenizer.ggml.add_bos_token", { type: "flag", value: begins }],
    ["tokenizer.ggml.add_eos_token", { type: "flag", value: ends }],
  ];
}

const templateSchema = z.object({
  type: z.literal("TemplateProcessing"),
  single: z.array(
    z.union([z.object({ SpecialToken: z.object({ id: z.string() }) }), z.object({ Sequence: z.unknown() })]),
  ),
});

/** What the post-processor puts around a text. */
function surroundings(processor: Json, { bos_token, eos_token }: TokenizerConfig): { begins: boolean; ends: boolean } {
  const template = processorsIn(processor)
    .map((one) => templateSchema.safeParse(one).data)
    .find((one) => one !== undefined);
  const around = (template?.single ?? [{ Sequence: "A" }]).map((part) =>
    "SpecialToken" in part ? part.SpecialToken.id : null,
  );
  const middle = around.indexOf(null);
  const [before, after] = [around.slice(0, middle), around.slice(middle + 1)];
  const begins = before.length === 1 && before[0] === bos_token;
  const ends = after.length === 1 && after[0] === eos_token;
  if ((begins || before.length === 0) && (ends || after.length === 0)) return { begins, ends };
  throw new AepoError("policy", "llama.cpp cannot put around a text what tokenizer.json's post_processor does", {
    expected: "the bos token before it, the eos token after it, or neither",
    exists: around.map((token) => token ?? "TEXT").join(" "),
  });
}

function processorsIn(processor: Json): readonly Json[] {
  if (typeof processor !== "object" || processor === null || Array.isArray(processor)) return [];
  const inner = (processor as { readonly processors?: Json }).processors;
  return Array.isArray(inner) ? (inner as readonly Json[]) : [processor];
}

function templateEntries({ chat_template: template }: TokenizerConfig): Entries {
  if (template === null || template === undefined) return [];
  if (typeof template === "string") return [["tokenizer.chat_template", text(template)]];
  const others = template.filter(({ name }) => name !== "default");
  return [
    ...template
      .filter(({ name }) => name === "default")
      .map((main) => ["tokenizer.chat_template", text(main.template)] as const),
    ["tokenizer.chat_templates", { type: "texts", value: others.map(({ name }) => name) }],
    ...others.map(({ name, template }) => [`tokenizer.chat_template.${name}`, text(template)] as const),
  ];
}

function text(value: string): TypedValue {
  return { type: "text", value };
}
