/** A try of the tool that takes longer is given up, and may be made again. Its signal says so; a tool that ignores it is left to itself. */
import { withDeadline } from "../../std/until-aborted.ts";
import { LateFailure } from "../late-failure.ts";
import { type Around, wrapped } from "./around.ts";

export function timeout(ms: number): Around {
  const late = (): Error => new LateFailure(`no answer within ${ms} ms`);
  return (tool) =>
    wrapped(
      tool,
      (inner) => (input, context) =>
        withDeadline(context.signal, ms, late, (signal) => inner(input, { ...context, signal })),
    );
}
