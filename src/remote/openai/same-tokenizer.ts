/** Whether a server's model reads texts as the same tokens: token ids of another vocabulary would be noise to it. */
import { z } from "zod";
import type { Tokenizer } from "../../policy/tokenizer.ts";
import { AepoError } from "../../std/errors.ts";
import type { OpenAiApi } from "./api.ts";
import { RequestFailure } from "./request-failure.ts";

const TEXT = 'The answer is 42: naïve, \t<tag> and {"json": [1]}.\n';

const answerSchema = z.looseObject({
  choices: z.array(z.looseObject({ prompt_token_ids: z.array(z.int()).nullish() })).min(1),
});

/** Throws where the server says other tokens; one that does not say is taken on trust. */
export async function checkSameTokenizer(
  api: OpenAiApi,
  model: string,
  tokenizer: Pick<Tokenizer, "encode" | "decode">,
  signal: AbortSignal,
): Promise<void> {
  const text = wordsOf(tokenizer);
  const ours = tokenizer.encode(text);
  const body = {
    model,
    prompt: text,
    max_tokens: 1,
    temperature: 0,
    add_special_tokens: false,
    return_token_ids: true,
  };
  const reply = await api.post("/v1/completions", body, { signal }).catch((thrown: unknown) => {
    if (thrown instanceof RequestFailure) return null;
    throw thrown;
  });
  const theirs = answerSchema.safeParse(reply).data?.choices[0]?.prompt_token_ids;
  if (theirs == null || JSON.stringify(theirs) === JSON.stringify(ours)) return;
  throw new AepoError("policy", `the model "${model}" at ${api.root} has another tokenizer`, {
    expected: `${JSON.stringify(text)} as the tokens ${shown(ours)}`,
    exists: shown(theirs),
    fix: "name the model whose tokens the server's model has, or serve the one that was named",
  });
}

/** A tokenizer of a few words cannot write the sentence. */
function wordsOf(tokenizer: Pick<Tokenizer, "encode" | "decode">): string {
  try {
    tokenizer.encode(TEXT);
    return TEXT;
  } catch {
    return tokenizer.decode([0, 1]);
  }
}

function shown(ids: readonly number[]): string {
  return ids.length > 16 ? `${ids.slice(0, 16).join(" ")} …` : ids.join(" ");
}
