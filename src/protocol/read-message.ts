/** A body against its schema. What is wrong is told by field; what was sent is not echoed, it may be large. */
import type { z } from "zod";
import { AepoError } from "../std/errors.ts";

export interface FieldProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export type ReadMessage<T> =
  | { readonly ok: true; readonly message: T }
  | { readonly ok: false; readonly problems: readonly FieldProblem[] };

const MOST_PROBLEMS = 5;

export function readMessage<T>(schema: z.ZodType<T>, body: unknown): ReadMessage<T> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return { ok: true, message: parsed.data };
  const problems = parsed.error.issues.slice(0, MOST_PROBLEMS).map(({ path, message }) => ({
    path: path.map((part) => (typeof part === "number" ? part : String(part))),
    message,
  }));
  return { ok: false, problems };
}

/** The same, throwing. `what`: "the answer of http://… to forward". */
export function messageFrom<T>(schema: z.ZodType<T>, body: unknown, what: string): T {
  const read = readMessage(schema, body);
  if (read.ok) return read.message;
  const found = read.problems.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join(".")}: ${message}`,
  );
  throw new AepoError("policy", `${what} is not as the Tinker protocol has it: ${found.join("; ")}`);
}
