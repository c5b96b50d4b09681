/**
 * What a tool throws is a failed call, shown to the policy. This one error is not: it ends the run, because going on would
 * make something that is not what was asked for (a replayed run that leaves its record).
 */
import { AepoError, type ErrorDetails } from "../std/errors.ts";

export class StopRun extends AepoError {
  constructor(what: string, details: ErrorDetails = {}) {
    super("tool", what, details);
    this.name = "StopRun";
  }
}
