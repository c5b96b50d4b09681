/**
 * Where a call stands in its run. The place names what random streams are named for (growth, step, question, path), so a run
 * that is made again makes its calls at the same places, in whatever order they come.
 */
import type { CallPlace } from "../tools/tool.ts";
import type { QuestionContext } from "./growth-context.ts";
import type { PathName } from "./wall-time.ts";

/** What of a path its next call is told. */
interface PathSoFar {
  readonly name: PathName;
  readonly calls: CallPlace["before"];
  readonly callsMs: number;
}

/** The place of a path's next call. */
export function callPlace(context: QuestionContext, { name, calls, callsMs }: PathSoFar): CallPlace {
  return { path: `${growthName(context)}/${name}`, before: calls, beforeMs: callsMs };
}

/** The same of a call of the path that is made once more to have a state again (AEPO-R8): told apart from the path's own. */
export function replayPlace(context: QuestionContext, name: PathName, before: CallPlace["before"]): CallPlace {
  return { path: `${growthName(context)}/${name} again`, before, beforeMs: 0 };
}

/** What the calls of a growth are placed under: a step that is made again after the run went back is another one. */
export function placeNameOf(name: string, step: number, rollbacks = 0): string {
  return rollbacks === 0 ? `${name}/${step}` : `${name}/${step} after rollback ${rollbacks}`;
}

function growthName({ name, step, streamName, placeName = placeNameOf(name, step) }: QuestionContext): string {
  return `${placeName}/${streamName}`;
}
