/** Bodies of requests: their size, their form, and what a schema says of them, in the protocol's errors. */
import type { Context } from "hono";
import type { z } from "zod";
import { jsonShapeProblem } from "../../std/json-shape.ts";
import { unzstd } from "../../protocol/protobuf/unzstd.ts";
import { messageOf } from "../../std/errors.ts";
import { type FieldProblem, TinkerError } from "./tinker-error.ts";

export const PROTOBUF = "application/x-protobuf";

export interface RawBody {
  readonly bytes: Uint8Array;
  readonly form: "json" | "protobuf";
}

/**
 * At most `mostBytes` of it, whatever it is compressed to. A page from elsewhere can make a browser send text or a form here,
 * neither JSON nor protobuf.
 */
export async function rawBody(context: Context, mostBytes: number): Promise<RawBody> {
  const type = (context.req.header("content-type") ?? "").toLowerCase();
  const bytes = decoded(context, new Uint8Array(await context.req.arrayBuffer()), mostBytes);
  if (type.startsWith(PROTOBUF)) return { bytes, form: "protobuf" };
  if (type.startsWith("application/json") || (type === "" && bytes.length === 0)) return { bytes, form: "json" };
  throw new TinkerError(415, `content-type "${type}": expected application/json or ${PROTOBUF}`);
}

function decoded(context: Context, bytes: Uint8Array, mostBytes: number): Uint8Array {
  const encoding = (context.req.header("content-encoding") ?? "identity").toLowerCase();
  if (encoding === "identity") return bytes;
  if (encoding === "zstd") return unzstd(bytes, mostBytes);
  throw new TinkerError(415, `content-encoding "${encoding}": expected zstd, or none`);
}

const LIMITS = { what: "the body", depth: 64, values: 50_000_000 };

/** An empty body is an object without fields. */
export function parseJson(bytes: Uint8Array): unknown {
  const text = new TextDecoder().decode(bytes);
  if (text.trim() === "") return {};
  const problem = jsonShapeProblem(text, LIMITS);
  if (problem !== null) throw invalid("json_invalid", problem);
  try {
    return JSON.parse(text) as unknown;
  } catch (thrown) {
    throw invalid("json_invalid", `JSON decode error: ${messageOf(thrown)}`);
  }
}

export function checked<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new TinkerError(422, parsed.error.issues.slice(0, MOST_PROBLEMS).map(problemOf));
}

/** Enough to see what is wrong. */
const MOST_PROBLEMS = 20;

function problemOf({ code, path, message }: z.core.$ZodIssue): FieldProblem {
  return {
    type: code,
    loc: ["body", ...path.map((part) => (typeof part === "number" ? part : String(part)))],
    msg: message,
  };
}

function invalid(type: string, msg: string): TinkerError {
  return new TinkerError(422, [{ type, loc: ["body"], msg }]);
}
