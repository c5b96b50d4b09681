/** A run that ended before its end because training died: what it reached is there, and more of the same would not help. */
import { AepoError, type ErrorDetails } from "../../std/errors.ts";

export class RunDied extends AepoError {
  constructor(what: string, details: ErrorDetails) {
    super("run", what, details);
    this.name = "RunDied";
  }
}
