/**
 * The one error class of the project. Every message says what was wrong; `expected`, `exists` and `fix` say what was
 * expected, what exists instead, and what to do. The command line prints exactly `message`.
 */

/** What an error reports. Fields that do not apply are left out. */
export interface ErrorDetails {
  /** What a correct value would have been. */
  readonly expected?: string;
  /** What exists: known names, the shape found, the file that is there. */
  readonly exists?: string;
  /** What the reader can do now. */
  readonly fix?: string;
  readonly cause?: unknown;
}

/** Where an error comes from; decides the exit code and whether a retry makes sense. */
export type ErrorKind = "config" | "engine" | "policy" | "tool" | "rollout" | "run" | "usage";

/** An error a user can act on. */
export class AepoError extends Error {
  readonly kind: ErrorKind;
  readonly details: ErrorDetails;

  constructor(kind: ErrorKind, what: string, details: ErrorDetails = {}) {
    super(sentence(what, details), details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "AepoError";
    this.kind = kind;
    this.details = details;
  }
}

function sentence(what: string, details: ErrorDetails): string {
  return [
    what,
    details.expected === undefined ? "" : `expected: ${details.expected}`,
    details.exists === undefined ? "" : `found: ${details.exists}`,
    details.fix === undefined ? "" : `to fix: ${details.fix}`,
  ]
    .filter((part) => part !== "")
    .join("\n  ");
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
