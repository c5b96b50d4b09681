/** One request that failed for good, after its retries: it costs one attempt, not an evaluation. */

export class RequestFailure extends Error {
  /** Of the answer; null: there was none. */
  readonly status: number | null;

  constructor(message: string, status: number | null) {
    super(message);
    this.name = "RequestFailure";
    this.status = status;
  }
}
