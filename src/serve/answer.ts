/** One request answered: its choices are drawn side by side, and told as they come or when all are whole. */
import { derivedSeed } from "../std/random.ts";
import { AepoError } from "../std/errors.ts";
import { ApiError, badRequest } from "./api-error.ts";
import type { GenerationEngine, GenerationRequest, Piece } from "./generation.ts";
import { type SamplingFields, shapingOf, stopsOf } from "./requests.ts";
import { endTokens, type ServedModel } from "./served-model.ts";
import { type DrawnToken, TextPieces } from "./text-pieces.ts";

export interface ToolCall {
  readonly name: string;
  /** A JSON object as text. */
  readonly arguments: string;
}

/** What is new of a choice. */
export interface Delta {
  readonly text: string;
  readonly tokens: readonly DrawnToken[];
  readonly calls: readonly ToolCall[];
  readonly finish: "stop" | "length" | "tool_calls" | null;
}

export interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
}

/** Reads calls out of a choice's text; the identity where there are none. */
export interface TextReader {
  push(text: string): Pick<Delta, "text" | "calls">;
  end(): Pick<Delta, "text" | "calls">;
}

export interface AnswerPlan {
  readonly prompts: readonly (readonly number[])[];
  readonly fields: SamplingFields;
  readonly maxTokens: number | null;
  readonly topLogprobs: number;
  /** Texts that end an answer and are part of it. */
  readonly turnStops: readonly string[];
  reader(): TextReader;
}

export interface Choice {
  readonly index: number;
  readonly promptTokens: number;
  deltas(): AsyncGenerator<Delta, void, undefined>;
  /** New tokens so far. */
  tokens(): number;
}

export const plainReader: TextReader = {
  push: (text) => ({ text, calls: [] }),
  end: () => ({ text: "", calls: [] }),
};

/** Submits all choices. Throws, with none submitted, if the request cannot be answered. */
export function startChoices(
  {
    model,
    engine,
    maxOpen,
  }: { readonly model: ServedModel; readonly engine: GenerationEngine; readonly maxOpen: number },
  plan: AnswerPlan,
  { seed, signal }: { readonly seed: number; readonly signal: AbortSignal },
): readonly Choice[] {
  const { prompts, fields, turnStops } = plan;
  const n = fields.n ?? 1;
  const wanted = prompts.length * n;
  if (wanted > maxOpen) throw badRequest(`n: ${wanted} choices, at most ${maxOpen} are answered at a time`, "n");
  if (engine.open + wanted > maxOpen) {
    throw new ApiError(
      503,
      `${engine.open} requests are open, at most ${maxOpen} are answered at a time: try again later`,
      {
        type: "server_error",
        code: "overloaded",
        headers: { "retry-after": "1" },
      },
    );
  }
  const requests = prompts.map((ids) => requestOf(model, plan, ids));
  return requests.flatMap((request, p) =>
    Array.from({ length: n }, (_, i): Choice => {
      const pieces = submit(engine, { ...request, seed: derivedSeed(seed, "choice", p, i) }, signal);
      let tokens = 0;
      const counted = (drawn: number): void => void (tokens += drawn);
      return {
        index: p * n + i,
        promptTokens: request.ids.length,
        deltas: () => read(pieces, new TextPieces(model.tokenizer, stopsOf(fields), turnStops), plan.reader(), counted),
        tokens: () => tokens,
      };
    }),
  );
}

function requestOf(
  model: ServedModel,
  { fields, maxTokens, topLogprobs, turnStops }: AnswerPlan,
  ids: readonly number[],
): Omit<GenerationRequest, "seed"> {
  const { contextTokens, policy, tokenizer } = model;
  if (ids.length === 0) throw badRequest("the prompt is empty: there is nothing to continue from", "prompt");
  const unknown = ids.find((id) => id >= policy.info.vocabularySize);
  if (unknown !== undefined) {
    throw badRequest(
      `prompt: there is no token ${unknown}; the vocabulary has ${policy.info.vocabularySize}`,
      "prompt",
    );
  }
  const room = contextTokens - ids.length;
  const most = maxTokens ?? Math.min(room, model.defaultTokens);
  if (most < 1 || most > room) {
    const wanted =
      most < 1
        ? `${ids.length} of the prompt alone`
        : `${ids.length + most} tokens (${ids.length} of the prompt, ${most} of the answer)`;
    throw badRequest(
      `the context of this model is ${contextTokens} tokens, and ${wanted} were asked for: shorten the prompt or ask for fewer tokens`,
      maxTokens === null ? "messages" : "max_tokens",
      "context_length_exceeded",
    );
  }
  const shaping = shapingOf(fields);
  const { stop, stopTexts } = encoding("stop", () => tokenizer.stopConditions([...stopsOf(fields), ...turnStops]));
  return {
    ids,
    stop: [...stop, ...endTokens(model).map((id) => [id])],
    ...(stopTexts.length === 0 ? {} : { stopTexts }),
    maxTokens: most,
    temperature: fields.temperature ?? 1,
    ...(shaping === null ? {} : { shaping }),
    ...(topLogprobs === 0 ? {} : { topLogprobs }),
  };
}

/** What a tokenizer says of text it cannot represent is the client's to know. */
export function encoding<T>(param: string, encode: () => T): T {
  try {
    return encode();
  } catch (thrown) {
    if (thrown instanceof AepoError) throw badRequest(`${param}: ${thrown.message}`, param);
    throw thrown;
  }
}

function submit(engine: GenerationEngine, request: GenerationRequest, signal: AbortSignal): AsyncGenerator<Piece> {
  try {
    return engine.generate(request, signal);
  } catch (thrown) {
    if (thrown instanceof AepoError) throw badRequest(thrown.message);
    throw thrown;
  }
}

async function* read(
  pieces: AsyncGenerator<Piece>,
  texts: TextPieces,
  reader: TextReader,
  counted: (drawn: number) => void,
): AsyncGenerator<Delta, void, undefined> {
  let called = false;
  for await (const piece of pieces) {
    counted(piece.ids.length);
    const { end } = piece;
    if (end?.finish === "failed")
      throw new AepoError("policy", `the engine could not sample: ${end.failure ?? "it does not say why"}`);
    const { text, tokens } = end === null ? texts.push(piece) : texts.end(piece, end.stopped);
    const [some, last] = [reader.push(text), end === null ? { text: "", calls: [] } : reader.end()];
    const calls = [...some.calls, ...last.calls];
    called ||= calls.length > 0;
    // An answer that was cut may lack calls, or a part of its text.
    const finish = end?.finish === "stop" && called ? "tool_calls" : (end?.finish ?? null);
    yield { text: some.text + last.text, tokens, calls, finish };
  }
}

export function usageOf(choices: readonly Choice[], n: number): Usage {
  // Choices of one prompt share it.
  const prompts = choices
    .filter(({ index }) => index % n === 0)
    .reduce((sum, { promptTokens }) => sum + promptTokens, 0);
  const drawn = choices.reduce((sum, { tokens }) => sum + tokens(), 0);
  return { prompt_tokens: prompts, completion_tokens: drawn, total_tokens: prompts + drawn };
}
