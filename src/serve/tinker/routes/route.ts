/** What routes have in common: a body read by a schema, and an answer to be asked for later. */
import type { Context } from "hono";
import type { z } from "zod";
import type { FutureResult } from "../future-result.ts";
import { checked, parseJson, rawBody } from "../read-body.ts";
import type { TinkerService } from "../service.ts";
import { TinkerError } from "../tinker-error.ts";

/** The body of a request that has one form only. */
export async function jsonBody<S extends z.ZodType>(
  service: TinkerService,
  context: Context,
  schema: S,
): Promise<z.output<S>> {
  const { bytes, form } = await rawBody(context, service.mostBodyBytes);
  if (form !== "json") throw new TinkerError(415, `${context.req.path} reads application/json alone`);
  return checked(schema, parseJson(bytes));
}

/** Begins `work` if there is room for one more result, and says under which number it is asked for. */
export function submitted({ futures }: TinkerService, work: () => Promise<FutureResult>): string {
  futures.checkRoom();
  return futures.add(work());
}

export function pending(requestId: string): Readonly<Record<string, unknown>> {
  return { future_id: requestId, status: "pending", request_id: requestId };
}

export function json(body: Readonly<Record<string, unknown>>): FutureResult {
  return { kind: "json", body };
}
