/** Recorded traffic of live servers, row by row, and which schema each request and answer is of. */
import { existsSync, readFileSync } from "node:fs";
import type { z } from "zod";
import { retrieveRequestSchema, submittedSchema, tryAgainSchema } from "../../src/protocol/messages/future.ts";
import * as models from "../../src/protocol/messages/model.ts";
import * as sampling from "../../src/protocol/messages/sampling.ts";
import * as service from "../../src/protocol/messages/service.ts";
import * as training from "../../src/protocol/messages/training.ts";
import { API, CALLS } from "../../src/protocol/paths.ts";

export interface Row {
  readonly step?: string;
  readonly method: string;
  readonly path: string;
  readonly request: unknown;
  /** Null: the client gave up waiting. */
  readonly status: number | null;
  readonly response: unknown;
}

export function rowsOf(file: string | URL): Row[] | null {
  if (!existsSync(file)) return null;
  return readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line, withoutElisions) as Row);
}

/** Long lists were cut when they were recorded: "... (400 items)" stands for the rest. */
function withoutElisions(_key: string, value: unknown): unknown {
  return Array.isArray(value) ? value.filter((entry) => !/^\.\.\. \(\d+ items\)$/.test(String(entry))) : value;
}

interface Exchange {
  readonly request?: z.ZodType;
  /** Of an answer with status 200. */
  readonly answer: z.ZodType;
  /** Of the future that the answer names. */
  readonly result?: z.ZodType;
}

const BY_CALL: Readonly<Record<string, Exchange>> = {
  [CALLS.capabilities]: { answer: service.capabilitiesSchema },
  [CALLS.clientConfig]: { answer: service.clientConfigSchema },
  [CALLS.createSession]: { request: service.createSessionRequestSchema, answer: service.createSessionAnswerSchema },
  [CALLS.heartbeat]: { request: service.heartbeatSchema, answer: service.heartbeatAnswerSchema },
  [CALLS.createModel]: {
    request: models.createModelRequestSchema,
    answer: models.createModelAnswerSchema,
    result: models.createModelResultSchema,
  },
  [CALLS.unloadModel]: {
    request: models.modelRequestSchema,
    answer: models.unloadModelAnswerSchema,
    result: models.unloadModelResultSchema,
  },
  [CALLS.modelInfo]: { request: models.modelRequestSchema, answer: models.modelInfoSchema },
  [CALLS.trainingRuns]: { answer: models.trainingRunsSchema },
  [CALLS.forward]: {
    request: training.forwardRequestSchema,
    answer: submittedSchema,
    result: training.forwardResultSchema,
  },
  [CALLS.forwardBackward]: {
    request: training.forwardBackwardRequestSchema,
    answer: submittedSchema,
    result: training.forwardResultSchema,
  },
  [CALLS.optimStep]: {
    request: training.optimStepRequestSchema,
    answer: submittedSchema,
    result: training.optimStepResultSchema,
  },
  [CALLS.saveWeights]: {
    request: models.saveWeightsRequestSchema,
    answer: submittedSchema,
    result: models.saveWeightsResultSchema,
  },
  [CALLS.loadWeights]: {
    request: models.loadWeightsRequestSchema,
    answer: submittedSchema,
    result: models.loadWeightsResultSchema,
  },
  [CALLS.saveForSampler]: {
    request: models.saveForSamplerRequestSchema,
    answer: submittedSchema,
    result: models.saveForSamplerResultSchema,
  },
  [CALLS.weightsInfo]: { request: models.weightsInfoRequestSchema, answer: models.weightsInfoSchema },
  [CALLS.createSampler]: {
    request: sampling.createSamplerRequestSchema,
    answer: sampling.createSamplerAnswerSchema,
  },
  [CALLS.samplers]: { answer: sampling.samplerInfoSchema },
  [CALLS.sample]: {
    request: sampling.sampleRequestSchema,
    answer: submittedSchema,
    result: sampling.sampleResultSchema,
  },
  checkpoints: { answer: models.checkpointsSchema },
};

/** The call of a row: "/asample"; null for what is no call of the protocol (the root, an archive). */
export function callOf({ path }: Row): string | null {
  const call = path.split("?")[0]?.replace(API, "") ?? "";
  if (/^\/training_runs\/[^/]+\/checkpoints$/.test(call)) return "checkpoints";
  if (call.startsWith(`${CALLS.samplers}/`)) return CALLS.samplers;
  return call === CALLS.retrieve || BY_CALL[call] ? call : null;
}

export interface Matched {
  readonly row: Row;
  readonly call: string;
  readonly request: z.ZodType | undefined;
  readonly answer: z.ZodType | undefined;
}

/** In order: a poll is matched to the last submit that was given its id. */
export function matched(rows: readonly Row[]): Matched[] {
  const submits = new Map<string, z.ZodType>();
  return rows.flatMap((row): Matched[] => {
    const call = callOf(row);
    if (call === null) return [];
    const { request_id: asked } = (row.request ?? {}) as { readonly request_id?: string };
    if (call === CALLS.retrieve)
      return [{ row, call, request: retrieveRequestSchema, answer: polled(row, submits.get(asked ?? "")) }];
    const exchange = BY_CALL[call];
    const { request_id: given } = (row.response ?? {}) as { readonly request_id?: string };
    if (given !== undefined && exchange?.result) submits.set(given, exchange.result);
    return [{ row, call, request: exchange?.request, answer: row.status === 200 ? exchange?.answer : errorOf(row) }];
  });
}

function polled(row: Row, result: z.ZodType | undefined): z.ZodType | undefined {
  if (row.status !== 200) return errorOf(row);
  return tryAgainSchema.safeParse(row.response).success ? tryAgainSchema : result;
}

/** A 500 is plain text. */
function errorOf({ status, response }: Row): z.ZodType | undefined {
  return status === null || typeof response === "string" ? undefined : service.errorBodySchema;
}
