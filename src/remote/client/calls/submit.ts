/** POSTs in JSON: what is asked and what comes back. Every submit answers with the id of a request whose result comes later. */
import { z } from "zod";
import type { Connection } from "../connection.ts";
import { messageOf } from "../../../std/errors.ts";
import { TinkerFailure } from "../failure.ts";
import type { HttpAnswer } from "../http/transport.ts";
import { exchange, type ExchangeOptions } from "./exchange.ts";

const JSON_BODY = { "content-type": "application/json", accept: "application/json" };

export async function postJson(
  connection: Connection,
  endpoint: string,
  body: object,
  options: ExchangeOptions,
  headers: Readonly<Record<string, string>> = {},
): Promise<HttpAnswer> {
  const request = {
    method: "POST",
    path: `/api/v1/${endpoint}`,
    headers: { ...JSON_BODY, ...headers },
    body: JSON.stringify(body),
  } as const;
  return exchange(connection, request, options);
}

export async function getJson(connection: Connection, path: string, options: ExchangeOptions): Promise<HttpAnswer> {
  return exchange(connection, { method: "GET", path, headers: { accept: "application/json" } }, options);
}

/** An answer as what it should be. A server that says something else is told apart from one that refuses. */
export function read<T>(schema: z.ZodType<T>, answer: HttpAnswer, doing: string): T {
  let value: unknown = answer.json;
  try {
    value ??= JSON.parse(new TextDecoder().decode(answer.body));
  } catch {
    throw unreadable(doing, "no JSON");
  }
  const found = schema.safeParse(value);
  if (found.success) return found.data;
  throw unreadable(doing, z.prettifyError(found.error).slice(0, 300));
}

/** The same for a conversion that throws what is wrong. */
export function readable<T>(doing: string, convert: () => T): T {
  try {
    return convert();
  } catch (thrown) {
    if (thrown instanceof TinkerFailure) throw thrown;
    throw unreadable(doing, messageOf(thrown).slice(0, 300));
  }
}

function unreadable(doing: string, what: string): TinkerFailure {
  return new TinkerFailure(`${doing}: the server's answer is not one of this protocol: ${what}`, {
    reason: "failed",
    effect: "unknown",
    fix: "check that the address is that of a Tinker server, and its version",
  });
}

const Accepted = z.object({ request_id: z.coerce.string() });

export function requestIdOf(answer: HttpAnswer, doing: string): string {
  return read(Accepted, answer, doing).request_id;
}
