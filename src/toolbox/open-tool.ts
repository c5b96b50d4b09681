/**
 * Tools that hold something open: a process, a database, a connection. They are made by an async function, where a missing key
 * or binary fails with what to do, and closed by whoever opened them.
 */
import type { AnyTool } from "../tools/tool.ts";

export interface OpenTool {
  readonly tools: readonly AnyTool[];
  /** Gives everything back; the tools cannot be called afterwards. Closing twice does nothing more. */
  close(): Promise<void>;
}
