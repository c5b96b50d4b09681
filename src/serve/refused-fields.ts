/** Fields that would change the answer and are not implemented: refused by name, but for the values that change nothing. */
import { badRequest } from "./api-error.ts";

const REFUSED: Readonly<Record<string, readonly unknown[]>> = {
  frequency_penalty: [0],
  presence_penalty: [0],
  suffix: [""],
  echo: [false],
  best_of: [1],
  logit_bias: ["{}"],
  functions: ["[]"],
  function_call: ["none"],
  response_format: ['{"type":"text"}'],
  modalities: ['["text"]'],
  audio: [],
  reasoning_effort: ["none"],
  web_search_options: [],
  min_tokens: [0],
  allowed_token_ids: [],
  bad_words: ["[]"],
  use_beam_search: [false],
  length_penalty: [1],
  truncate_prompt_tokens: [],
  prompt_embeds: [],
  structured_outputs: [],
  guided_json: [],
  guided_regex: [],
  guided_choice: [],
  guided_grammar: [],
  logprob_token_ids: [],
};

export function checkNotRefused(body: Readonly<Record<string, unknown>>): void {
  for (const [field, harmless] of Object.entries(REFUSED)) {
    const value = body[field] ?? null;
    const shown = typeof value === "object" ? JSON.stringify(value) : value;
    if (value === null || harmless.includes(shown)) continue;
    throw badRequest(`${field}: not implemented here; leave it out`, field, "unsupported_parameter");
  }
}
