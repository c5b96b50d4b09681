/**
 * Requests of a model that were numbered by its client: the same one again is answered with the same future, so that it can
 * be sent again when an answer was lost; another one under its number is refused.
 */
import { createHash } from "node:crypto";
import { TinkerError } from "./tinker-error.ts";

/** Retries come at once: of a long run only the latest numbers are remembered. */
const REMEMBERED = 4096;

export class SequenceNumbers {
  private readonly known = new Map<string, { readonly digest: string; readonly requestId: string }>();

  /**
   * The request's future: that of the one before if it is the same, else a new one by `submit`. `space`: in which numbers are
   * counted; null: without a number nothing is remembered.
   */
  once(space: string, seqId: number | null, body: Uint8Array, submit: () => string): string {
    if (seqId === null) return submit();
    const key = `${space} ${seqId}`;
    const digest = createHash("sha256").update(body).digest("base64");
    const before = this.known.get(key);
    if (before !== undefined) {
      if (before.digest === digest) return before.requestId;
      throw new TinkerError(409, "Training request sequence number was reused");
    }
    const requestId = submit();
    this.known.set(key, { digest, requestId });
    for (const oldest of this.known.keys()) {
      if (this.known.size <= REMEMBERED) break;
      this.known.delete(oldest);
    }
    return requestId;
  }
}
