/** One request answered: its choices are drawn side by side, and told as they come or when all are whole. */
import { derivedSeed } from "../std/random.ts";
import { AepoError } from "../std/errors.ts";
import { ApiError, badRequest } from "./api-error.ts";
import type { StoppedBy } from "../policy/policy.ts";
import type { GenerationEngine, GenerationRequest, Piece } from "./generation.ts";
import { type SamplingFields, shapingOf, stopsOf } from "./sampling-fields.ts";
import { endTokens, type ServedModel } from "./served-model.ts";
import { type DrawnToken, TextPieces, type TextPiecesOptions } from "./text-pieces.ts";

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
  /** Which of the stops that were asked for ended it: a text or a token; null: none of them. */
  readonly stopReason: string | number | null;
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
  readonly promptIds: readonly number[];
  deltas(): AsyncGenerator<Delta, void, undefined>;
  /** New tokens so far. */
  tokens(): number;
}

export const plainReader: TextReader = {
  push: (text) => ({ text, calls: [] }),
  end: () => ({ text: "", calls: [] }),
};

/** Who draws, and how much of it at a time. */
export interface Drawing {
  readonly model: ServedModel;
  readonly engine: GenerationEngine;
  /** Choices that are drawn or wait now, of all models. */
  readonly open: number;
  readonly maxOpen: number;
}

/** Submits all choices. Throws, with none submitted, if the request cannot be answered. */
export function startChoices(
  { model, engine, open, maxOpen }: Drawing,
  plan: AnswerPlan,
  { seed, signal }: { readonly seed: number; readonly signal: AbortSignal },
): readonly Choice[] {
  const { prompts, fields, turnStops } = plan;
  const n = fields.n ?? 1;
  const wanted = prompts.length * n;
  if (wanted > maxOpen) throw badRequest(`n: ${wanted} choices, at most ${maxOpen} are answered at a time`, "n");
  if (open + wanted > maxOpen) {
    throw new ApiError(503, `${open} requests are open, at most ${maxOpen} are answered at a time: try again later`, {
      type: "server_error",
      code: "overloaded",
      headers: { "retry-after": "1" },
    });
  }
  const requests = prompts.map((ids) => requestOf(model, plan, ids));
  const texts = textOptions(fields, turnStops);
  return requests.flatMap((request, p) =>
    Array.from({ length: n }, (_, i): Choice => {
      // The first choice draws what a sampler in this process draws with that seed.
      const drawn = p + i === 0 ? seed : derivedSeed(seed, "choice", p, i);
      const pieces = submit(engine, { ...request, seed: drawn }, signal);
      let tokens = 0;
      const counted = (drawn: number): void => void (tokens += drawn);
      return {
        index: p * n + i,
        promptIds: request.ids,
        deltas: () => read(pieces, new TextPieces(model.tokenizer, texts), plan, counted),
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
  if (unknown !== undefined) throw noToken("prompt", unknown, policy.info.vocabularySize);
  const stopTokens = fields.stop_token_ids ?? [];
  const unknownStop = stopTokens.find((id) => id >= policy.info.vocabularySize);
  if (unknownStop !== undefined) throw noToken("stop_token_ids", unknownStop, policy.info.vocabularySize);
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
  const ends = fields.ignore_eos === true ? [] : endTokens(model);
  return {
    ids,
    stop: [...stop, ...[...stopTokens, ...ends].map((id) => [id])],
    ...(stopTexts.length === 0 ? {} : { stopTexts }),
    maxTokens: most,
    temperature: fields.temperature ?? 1,
    ...(shaping === null ? {} : { shaping }),
    ...(topLogprobs === 0 ? {} : { topLogprobs }),
  };
}

function noToken(param: string, id: number, vocabulary: number): ApiError {
  return badRequest(`${param}: there is no token ${id}; the vocabulary has ${vocabulary}`, param);
}

function textOptions(fields: SamplingFields, turnStops: readonly string[]): TextPiecesOptions {
  const kept = fields.include_stop_str_in_output === true;
  const stops = stopsOf(fields);
  return {
    stops: kept ? [] : stops,
    keptStops: kept ? [...stops, ...turnStops] : turnStops,
    keepStopTokens: kept,
    showSpecial: fields.skip_special_tokens === false,
    everyToken: fields.return_token_ids === true,
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
  { fields, reader: newReader }: AnswerPlan,
  counted: (drawn: number) => void,
): AsyncGenerator<Delta, void, undefined> {
  const reader = newReader();
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
    yield { text: some.text + last.text, tokens, calls, finish, stopReason: stopReason(end?.stopped, fields) };
  }
}

/** As vLLM tells it. */
function stopReason(
  stopped: StoppedBy | undefined,
  { stop_token_ids: tokens }: SamplingFields,
): string | number | null {
  if (stopped === undefined) return null;
  if ("text" in stopped) return stopped.text;
  const [id] = stopped.ids;
  return stopped.ids.length === 1 && id !== undefined && tokens?.includes(id) === true ? id : null;
}

export function usageOf(choices: readonly Choice[], n: number): Usage {
  // Choices of one prompt share it.
  const prompts = choices
    .filter(({ index }) => index % n === 0)
    .reduce((sum, { promptIds }) => sum + promptIds.length, 0);
  const drawn = choices.reduce((sum, { tokens }) => sum + tokens(), 0);
  return { prompt_tokens: prompts, completion_tokens: drawn, total_tokens: prompts + drawn };
}
