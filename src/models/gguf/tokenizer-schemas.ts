/** As much of tokenizer.json and tokenizer_config.json as GGUF files hold. */
import { z } from "zod";
import type { TokenizerFiles } from "../../chat/tokenizer-files.ts";
import { AepoError } from "../../std/errors.ts";
import type { Json } from "../../std/json.ts";

const id = z.int().nonnegative().max(10_000_000);
const json = z.json() as unknown as z.ZodType<Json>;

/** As much of tokenizer.json as is written. */
const tokenizerSchema = z.object({
  added_tokens: z
    .array(z.object({ id, content: z.string(), special: z.boolean().default(false) }))
    .nullish()
    .transform((tokens) => tokens ?? []),
  normalizer: json.nullish().transform((value) => value ?? null),
  pre_tokenizer: json.nullish().transform((value) => value ?? null),
  post_processor: json.nullish().transform((value) => value ?? null),
  model: z.object({
    type: z.literal("BPE"),
    vocab: z.record(z.string(), id),
    merges: z.array(
      z.union([z.tuple([z.string(), z.string()]), z.string().transform((text) => text.split(" ") as [string, string])]),
    ),
    ignore_merges: z
      .boolean()
      .nullish()
      .transform((value) => value ?? false),
    byte_fallback: z
      .boolean()
      .nullish()
      .transform((value) => value ?? false),
    unk_token: z.string().nullish(),
  }),
});
export type BpeTokenizer = z.output<typeof tokenizerSchema>;

const specialToken = z
  .union([z.string(), z.object({ content: z.string() }).transform(({ content }) => content)])
  .nullish();
const namedTemplate = z.object({ name: z.string(), template: z.string() });
const configSchema = z.object({
  bos_token: specialToken,
  eos_token: specialToken,
  unk_token: specialToken,
  pad_token: specialToken,
  chat_template: z.union([z.string(), z.array(namedTemplate)]).nullish(),
});
export type TokenizerConfig = z.output<typeof configSchema>;

/** Throws on what is no BPE tokenizer. */
export function bpeTokenizer({ tokenizer }: TokenizerFiles): BpeTokenizer {
  return parsed(tokenizerSchema, tokenizer, "tokenizer.json");
}

export function tokenizerConfig({ config }: TokenizerFiles): TokenizerConfig {
  return parsed(configSchema, config, "tokenizer_config.json");
}

function parsed<T>(schema: z.ZodType<T>, value: Json, name: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new AepoError("policy", `${name} cannot be written to a GGUF file:\n${z.prettifyError(result.error)}`, {
    expected: "a BPE tokenizer",
  });
}
