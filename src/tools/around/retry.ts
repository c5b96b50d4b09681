/**
 * Tries again what may go better: a `ToolFailure` that says so, a connection that broke. Waits longer each time, by chance as
 * drawn from a named stream, so that the same run waits the same; whoever asked us to wait is obeyed. Nothing else is tried
 * again: an input that was refused is refused again.
 *
 * An own loop: the policies of cockatiel wait to the end of a pause after their signal has fired, and then call once more.
 */
import { randomStream } from "../../std/random.ts";
import { sleep } from "../../std/until-aborted.ts";
import { ToolFailure } from "../tool-failure.ts";
import { type Around, type AroundContext, wrapped } from "./around.ts";
import { networkCode } from "./network-code.ts";

export interface RetryOptions {
  /** Tries in all, at least 2. */
  readonly tries: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
}

export function retry(options: RetryOptions, seed: number): Around {
  return (tool) =>
    wrapped(tool, (inner) => async (input, context) => {
      for (let tried = 1; ; tried++) {
        try {
          return await inner(input, context);
        } catch (thrown) {
          if (context.signal.aborted || tried >= options.tries || !mayGoBetter(thrown)) throw thrown;
          const delay = delayMs(options, tried, thrown, drawn(seed, tool.name, context, tried));
          if (delay === null) throw thrown;
          await sleep(delay, context.signal);
        }
      }
    });
}

export function mayGoBetter(thrown: unknown): boolean {
  return thrown instanceof ToolFailure ? thrown.retryable : networkCode(thrown) !== null;
}

/** Between half and all of a delay that doubles; null: whoever refused asks for more patience than there is. */
function delayMs({ firstDelayMs, maxDelayMs }: RetryOptions, tried: number, thrown: unknown, share: number) {
  const asked = thrown instanceof ToolFailure ? (thrown.retryAfterMs ?? 0) : 0;
  if (asked > maxDelayMs) return null;
  const whole = Math.min(maxDelayMs, firstDelayMs * 2 ** (tried - 1));
  return Math.max(asked, whole * (0.5 + 0.5 * share));
}

function drawn(seed: number, tool: string, { place, call }: AroundContext, tried: number): number {
  return randomStream(seed, "retry", tool, place?.path ?? "", call, tried).uniform();
}
