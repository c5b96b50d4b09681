/** Every recorded request and answer is of our schemas, what we would write for the same content is the same, and what servers took in silence is refused. */
import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import { adamFromJson, adamToJson } from "../../src/protocol/adam-json.ts";
import { checkAdam } from "../../src/protocol/check-adam.ts";
import { checkDatums } from "../../src/protocol/check-datums.ts";
import { checkLoss } from "../../src/protocol/check-loss.ts";
import { checkModel } from "../../src/protocol/check-model.ts";
import { checkSample } from "../../src/protocol/check-sample.ts";
import { datumFromJson, datumToJson, modelInputFromJson, modelInputToJson } from "../../src/protocol/datum-json.ts";
import { forwardResultFromJson, forwardResultToJson } from "../../src/protocol/forward-json.ts";
import { createModelRequestSchema } from "../../src/protocol/messages/model.ts";
import { sampleRequestSchema, sampleResultSchema } from "../../src/protocol/messages/sampling.ts";
import {
  forwardBackwardRequestSchema,
  forwardRequestSchema,
  forwardResultSchema,
  type LossInput,
  optimStepRequestSchema,
} from "../../src/protocol/messages/training.ts";
import { CALLS } from "../../src/protocol/paths.ts";
import { messageFrom } from "../../src/protocol/read-message.ts";
import {
  sampleResultFromJson,
  sampleResultToJson,
  samplingParamsFromJson,
  samplingParamsToJson,
} from "../../src/protocol/sample-json.ts";
import { messageOf } from "../../src/std/errors.ts";
import { type Matched, matched, type Row, rowsOf } from "./recorded-rows.ts";

const SHARED = "/work/shared/data/tinker";
/** Of the recorded server's model. */
const LIMITS = { vocabularySize: 260, maxSequenceTokens: 2048 };

const SOURCES = [
  ["an excerpt of SkyRL's", new URL("recordings/http.jsonl", import.meta.url)],
  ["the official SDK's", new URL("recordings/sdk.jsonl", import.meta.url)],
  ["all of SkyRL's", `${SHARED}/http_transcript.jsonl`],
] as const;

/** Bodies that are not JSON: protobuf (its own tests), text that is no JSON. */
const isJson = ({ row }: Matched): boolean =>
  typeof row.request !== "string" && !(row.status === 200 && typeof row.response === "string");
const nameOf = ({ step, path }: Row, index: number): string => `row ${index}: ${step ?? path}`;

for (const [source, file] of SOURCES) {
  const rows = rowsOf(file);
  describe.skipIf(rows === null)(
    `recorded traffic: ${source}${rows === null ? ` (no ${String(file)} here)` : ""}`,
    () => {
      const exchanges = matched(rows ?? []);
      const json = exchanges.filter(isJson);

      it("has rows of every call that a training client makes", () => {
        const calls = new Set(exchanges.map(({ call }) => call));
        const { createSession, heartbeat, createModel, forwardBackward, optimStep, saveWeights, retrieve } = CALLS;
        const training: string[] = [
          createSession,
          heartbeat,
          createModel,
          forwardBackward,
          optimStep,
          saveWeights,
          retrieve,
        ];
        const expected = training.concat(CALLS.saveForSampler, CALLS.sample, CALLS.capabilities);
        expect(expected.filter((call) => !calls.has(call))).toEqual([]);
      });

      it("every answer is of its schema", () => {
        const wrong = json.flatMap(({ row, answer }, index) => {
          const parsed = answer?.safeParse(row.response);
          return parsed === undefined || parsed.success ? [] : [`${nameOf(row, index)}: ${parsed.error.message}`];
        });
        expect(wrong).toEqual([]);
      });

      it("every request that a server took is of its schema, and what we would write for its content is the same", () => {
        const wrong = json.flatMap((exchange, index) => {
          const { row, request } = exchange;
          if (request === undefined || refusal(exchange) !== null) return [];
          const parsed = request.parse(row.request);
          const again = request.parse(rewritten(exchange, parsed));
          return isDeepStrictEqual(plain(again), plain(parsed)) ? [] : [nameOf(row, index)];
        });
        expect(wrong).toEqual([]);
      });

      it("every result that we would write for the same content is the same", () => {
        const results = json.filter(({ call, row }) => call === CALLS.retrieve && row.status === 200);
        const wrong = results.flatMap(({ row, answer }, index) => {
          if (answer === forwardResultSchema) {
            const message = forwardResultSchema.parse(row.response);
            expect(forwardResultToJson(forwardResultFromJson(message))).toEqual(message);
          }
          if (answer === sampleResultSchema) {
            const message = sampleResultSchema.parse(row.response);
            expect(sampleResultToJson(sampleResultFromJson(message))).toEqual(message);
          }
          return answer === undefined ? [nameOf(row, index)] : [];
        });
        expect(wrong).toEqual([]);
      });

      it("nothing that worked is refused", () => {
        const refused = json.flatMap((exchange, index) => {
          const { step = "" } = exchange.row;
          if (/^(ERR|POISON\d? bad|HANG empty data)/.test(step) || (exchange.row.status ?? 0) >= 400) return [];
          const why = refusal(exchange);
          return why === null ? [] : [`${nameOf(exchange.row, index)}: ${why}`];
        });
        expect(refused).toEqual([]);
      });
    },
  );
}

describe("what servers answer late, never, or not at all", () => {
  const rows = matched(rowsOf(SOURCES[0][1]) ?? []);
  it.each([
    ["ERR no lora_config", "lora_config: Invalid input"],
    ["ERR missing target_tokens", "datum 0 has no target_tokens"],
    ["ERR unknown loss", 'loss_fn is "dro"'],
    ["ERR bad loss_fn_config key", 'loss_fn_config of ppo has a field "clip_low"'],
    ["ERR NaN->null in data", "weights.data.0"],
    ["ERR targets longer than input", "target_tokens has 23 entries"],
    ["ERR targets longer than bucket", "target_tokens has 40 entries"],
    ["ERR weights shorter than input", "weights has 2 entries"],
    ["ERR token id out of range", "datum 0: tokens: token 0 is 5000"],
    ["ERR negative token id", "datum 0: tokens: token 0 is -5"],
    ["ERR target_tokens as floats", "target_tokens: token 0 is 60.5"],
    ["ERR string number data", "tokens.0"],
    ["ERR empty data list", "a forward pass over no data"],
    ["ERR empty sequence", "datum 0 has no tokens"],
    ["ERR IS without logprobs and advantages", "which importance_sampling reads"],
    ["ERR unknown loss_fn_inputs name", "loss_fn_inputs that no loss here reads: mask"],
    ["ERR empty prompt", "prompt has no tokens"],
    ["ERR num_samples 0", "num_samples is 0"],
    ["ERR max_tokens missing", "sampling_params has no max_tokens"],
    ["ERR max_tokens 0", "max_tokens is 0"],
    ["ERR stop mixed", "sampling_params.stop"],
    ["ERR seed 2^40", "seed is 1099511627776"],
    ["ERR seed 2^31-1 n=2", "seed is 2147483647, for 2 sequences"],
    ["ERR temperature -1", "temperature is -1"],
    ["ERR top_k > vocab", "is 100000"],
    ["ERR top_p 0", "top_p is 0"],
    ["ERR prompt token out of range", "prompt: token 2 is 9999"],
    ["ERR float where int expected", "sampling_params.max_tokens"],
    ["ERR seq_id missing", "'seq_id' must be provided"],
    ["asample n=1 no sampling model", "exactly one of 'base_model' or 'model_path'"],
    ["ERR swfs neither path nor ids", "Either 'path' or both"],
    ["ERR save_weights bad name", "path: "],
    ["ERR future as number", "request_id: "],
    ["ERR negative learning rate", "learning_rate"],
  ])("%s is refused here: %s", (step, message) => {
    const found = rows.filter(({ row }) => row.step === step && row.status !== null);
    expect(found.length, "recorded rows").toBeGreaterThan(0);
    for (const exchange of found) expect(refusal(exchange)).toContain(message);
  });
});

/** What our own checks say of a request, before any server has seen it; null if nothing. */
function refusal({ row, call, request }: Matched): string | null {
  try {
    if (request === undefined) return null;
    const message = messageFrom(request, row.request, "the request");
    if (call === CALLS.forward) checkPass(forwardRequestSchema.parse(message).forward_input);
    if (call === CALLS.forwardBackward) checkPass(forwardBackwardRequestSchema.parse(message).forward_backward_input);
    if (call === CALLS.optimStep) checkAdam(adamFromJson(optimStepRequestSchema.parse(message).adam_params));
    if (call === CALLS.createModel) {
      const { base_model, lora_config } = createModelRequestSchema.parse(message);
      checkModel({ baseModel: base_model, rank: lora_config.rank }, 1, 64);
    }
    if (call === CALLS.sample) {
      const { prompt, num_samples, sampling_params } = sampleRequestSchema.parse(message);
      const params = samplingParamsFromJson(sampling_params);
      checkSample({ prompt: modelInputFromJson(prompt), count: num_samples, params }, LIMITS);
    }
    return null;
  } catch (thrown) {
    return messageOf(thrown);
  }
}

function checkPass({ data, loss_fn, loss_fn_config }: LossInput): void {
  const loss = checkLoss(loss_fn, loss_fn_config, ["cross_entropy", "importance_sampling", "ppo", "cispo", "gspo"]);
  checkDatums(
    data.map((datum, index) => datumFromJson(datum, `datum ${index}`)),
    loss,
    LIMITS,
  );
}

/** The request again, every part of it that has a value in memory by way of that value. */
function rewritten({ call }: Matched, parsed: unknown): unknown {
  if (call === CALLS.forward) {
    const message = forwardRequestSchema.parse(parsed);
    return { ...message, forward_input: rewrittenPass(message.forward_input) };
  }
  if (call === CALLS.forwardBackward) {
    const message = forwardBackwardRequestSchema.parse(parsed);
    return { ...message, forward_backward_input: rewrittenPass(message.forward_backward_input) };
  }
  if (call === CALLS.optimStep) {
    const message = optimStepRequestSchema.parse(parsed);
    return { ...message, adam_params: adamToJson(adamFromJson(message.adam_params)) };
  }
  if (call === CALLS.sample) {
    const message = sampleRequestSchema.parse(parsed);
    const params = samplingParamsToJson(samplingParamsFromJson(message.sampling_params));
    return { ...message, prompt: modelInputToJson(modelInputFromJson(message.prompt)), sampling_params: params };
  }
  return parsed;
}

/** JSON says the same of a field that is null and one that is not there, of no stop and none in a list, of one text and a list of it. */
function plain(message: unknown): unknown {
  return JSON.parse(JSON.stringify(message), function plainly(this: unknown, key: string, value: unknown) {
    if (value === null || (key === "stop" && Array.isArray(value) && value.length === 0)) return undefined;
    // float32 on every server, however many digits were sent.
    if (typeof value === "number" && Array.isArray(this)) return Math.fround(value);
    return key === "stop" && typeof value === "string" ? [value] : value;
  }) as unknown;
}

function rewrittenPass(input: LossInput): LossInput {
  return { ...input, data: input.data.map((datum, index) => datumToJson(datumFromJson(datum, `datum ${index}`))) };
}
