/** Errors as clients of the protocol know them: a status, and `detail`, a text or a list of wrong fields. */
import { AepoError, messageOf } from "../../std/errors.ts";
import { ApiError } from "../api-error.ts";

/** One wrong field, in FastAPI's form; what was sent is not echoed. */
export interface FieldProblem {
  readonly type: string;
  readonly loc: readonly (string | number)[];
  readonly msg: string;
}

export class TinkerError extends Error {
  readonly status: number;
  readonly detail: string | readonly FieldProblem[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    detail: string | readonly FieldProblem[],
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(typeof detail === "string" ? detail : detail.map(({ loc, msg }) => `${loc.join(".")}: ${msg}`).join("; "));
    this.name = "TinkerError";
    this.status = status;
    this.detail = detail;
    this.headers = headers;
  }

  get response(): Response {
    return Response.json({ detail: this.detail }, { status: this.status, headers: this.headers });
  }
}

/** A wrong value in a body that is otherwise in form. */
export function wrongField(loc: readonly (string | number)[], msg: string): TinkerError {
  return new TinkerError(422, [{ type: "value_error", loc: ["body", ...loc], msg }]);
}

/** What an engine says of a request is the request's fault (400); anything else that is thrown is the server's (500). */
export function tinkerErrorOf(thrown: unknown): TinkerError {
  if (thrown instanceof TinkerError) return thrown;
  if (thrown instanceof ApiError) return new TinkerError(thrown.status, thrown.message, thrown.details.headers);
  if (thrown instanceof AepoError && (thrown.kind === "policy" || thrown.kind === "config")) {
    return new TinkerError(400, thrown.message);
  }
  return new TinkerError(500, messageOf(thrown));
}
