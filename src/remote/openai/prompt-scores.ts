/** What /v1/completions says of the tokens of a prompt: vLLM's `prompt_logprobs`, or OpenAI's older `echo`. */
import { z } from "zod";
import { addressOf } from "./completions-wire.ts";
import type { ServerKind } from "./server-model.ts";
import { type Addressee, isLogprob } from "./token-wire.ts";

type Prompts = readonly (readonly number[])[];

export type ScoreForm = "prompt_logprobs" | "echo" | "generate";

interface ScoreAddressee extends Addressee {
  readonly kind: ServerKind;
  readonly form: "prompt_logprobs" | "echo";
}

/** One token more is written. The temperature is heard by our own server alone: others score at 1. */
export function scoreBody({ form, kind, ...to }: ScoreAddressee, prompts: Prompts, temperature = 1): object {
  const asked = {
    ...addressOf(to, kind),
    prompt: prompts.length === 1 ? prompts[0] : prompts,
    max_tokens: 1,
    temperature,
    seed: 0,
  };
  return form === "echo" ? { ...asked, echo: true, logprobs: 1 } : { ...asked, prompt_logprobs: 0 };
}

const scored = z.record(z.string(), z.looseObject({ logprob: z.number() })).nullable();
const answerSchema = z.looseObject({
  choices: z
    .array(
      z.looseObject({
        index: z.int(),
        prompt_logprobs: z.array(scored).nullish(),
        logprobs: z.looseObject({ token_logprobs: z.array(z.number().nullable()) }).nullish(),
      }),
    )
    .min(1),
});

/** One list a prompt; null where the server does not tell all of them. */
export function completionsScores(
  reply: unknown,
  prompts: Prompts,
  form: "prompt_logprobs" | "echo",
): (number[] | null)[] {
  const choices = answerSchema.safeParse(reply).data?.choices ?? [];
  return prompts.map((ids, i) => {
    const choice = choices.find(({ index }) => index === i);
    const told = choice === undefined ? [] : form === "echo" ? echoed(choice, ids) : scoredPrompt(choice, ids);
    const logprobs = told.slice(1, ids.length).filter(isLogprob);
    return logprobs.length === ids.length - 1 ? logprobs : null;
  });
}

type ScoredChoice = z.output<typeof answerSchema>["choices"][number];

function scoredPrompt({ prompt_logprobs: told }: ScoredChoice, ids: readonly number[]): (number | null)[] {
  return told?.map((entry, i) => entry?.[String(ids[i])]?.logprob ?? null) ?? [];
}

/** The prompt and the one token more; of a server that heard no `echo`, that token alone. */
function echoed({ logprobs }: ScoredChoice, ids: readonly number[]): readonly (number | null)[] {
  const told = logprobs?.token_logprobs ?? [];
  return told.length >= ids.length ? told : [];
}
