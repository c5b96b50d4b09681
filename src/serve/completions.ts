/** What a request for completions asks for. Its prompts are plain text: special tokens in them are text. */
import { type AnswerPlan, encoding, plainReader } from "./answer.ts";
import type { CompletionRequest } from "./requests.ts";
import type { ServedModel } from "./served-model.ts";

/** OpenAI's. */
const DEFAULT_TOKENS = 16;

export function completionPlan({ tokenizer }: ServedModel, request: CompletionRequest): AnswerPlan {
  const { prompt, max_tokens, logprobs } = request;
  const encode = (text: string): readonly number[] => encoding("prompt", () => tokenizer.encode(text));
  return {
    prompts: typeof prompt === "string" ? [encode(prompt)] : promptList(prompt, encode),
    fields: request,
    maxTokens: max_tokens ?? DEFAULT_TOKENS,
    topLogprobs: logprobs ?? 0,
    turnStops: [],
    reader: () => plainReader,
  };
}

/** Several texts, several lists of token ids, or one list. */
function promptList(
  prompt: Exclude<CompletionRequest["prompt"], string>,
  encode: (text: string) => readonly number[],
): readonly (readonly number[])[] {
  const lists = prompt.flatMap((one) =>
    typeof one === "string" ? [encode(one)] : typeof one === "number" ? [] : [one],
  );
  return lists.length > 0 ? lists : [prompt.filter((one) => typeof one === "number")];
}
