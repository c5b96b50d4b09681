/** A failure that wall time made (AEPO-R10): it is marked in the tree, so that the same run can be made again without the clock. */
import { ToolFailure } from "./tool-failure.ts";

export class LateFailure extends ToolFailure {
  constructor(message: string, { retryable = true }: { readonly retryable?: boolean } = {}) {
    super(message, { retryable });
    this.name = "LateFailure";
  }
}
