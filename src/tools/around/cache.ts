/**
 * A call that was made before, with the same arguments in whatever order, is not made again; calls that are equal and at the
 * same time are one. Only what succeeded is kept, and only of tools without state: what a tool says of a state is true of that
 * state alone.
 */
import { canonicalJson } from "../../std/canonical-json.ts";
import { untilAborted } from "../../std/until-aborted.ts";
import type { ReadOutput } from "../tool-output.ts";
import { type Around, type AroundContext, type Execute, wrapped } from "./around.ts";
import type { ResultStore } from "./result-store.ts";

/** `scope`: whatever else the results depend on, such as the settings of the tool. */
export function cache(store: ResultStore, scope = ""): Around {
  return (tool) =>
    wrapped(tool, (inner) => {
      const flights = new Map<string, Flight>();
      return async (input, context) => {
        if (context.state !== undefined) return inner(input, context);
        const key = canonicalJson([scope, tool.name, input]);
        const known = store.get(key);
        const flight = flights.get(key);
        if (context.notes !== undefined) context.notes.cached = known !== undefined || flight !== undefined;
        if (known !== undefined) return { text: known, state: undefined };
        if (flight !== undefined) return flight.join(context.signal);
        const own = new Flight(inner, input, context, (output) => {
          flights.delete(key);
          if (output !== null && output.state === undefined) store.set(key, output.text);
        });
        flights.set(key, own);
        return own.join(context.signal);
      };
    });
}

/** A call that several wait for. It is called off when nobody waits any more, not when the one who began it leaves. */
class Flight {
  private readonly stop = new AbortController();
  private readonly landed: Promise<ReadOutput>;
  private waiting = 0;
  private readonly over: (output: ReadOutput | null) => void;

  constructor(inner: Execute, input: unknown, context: AroundContext, over: (output: ReadOutput | null) => void) {
    this.over = over;
    this.landed = this.fly(inner, input, context);
    // Whoever waits is told; if nobody does any more, nobody is.
    this.landed.catch(() => {});
  }

  async join(signal: AbortSignal): Promise<ReadOutput> {
    this.waiting++;
    try {
      return await untilAborted(signal, () => this.landed);
    } finally {
      this.waiting--;
      if (this.waiting === 0 && signal.aborted) {
        // A new call must not join what is being called off.
        this.over(null);
        this.stop.abort(signal.reason);
      }
    }
  }

  private async fly(inner: Execute, input: unknown, context: AroundContext): Promise<ReadOutput> {
    let output: ReadOutput | null = null;
    try {
      output = await inner(input, { ...context, signal: this.stop.signal });
      return output;
    } finally {
      if (!this.stop.signal.aborted) this.over(output);
    }
  }
}
