/** A plan of a run on a server as text for the terminal. */
import type { RemotePlan } from "../train/plan/plan-remote.ts";
import { padded } from "./display-width.ts";
import { count } from "./figure-format.ts";
import { visibleLine } from "./visible.ts";

const NAME = 20;
const CELL = 16;

export function renderRemotePlan(plan: RemotePlan): string {
  const { sizes, missing, lengths, work } = plan;
  return [
    `${visibleLine(plan.model)} on ${visibleLine(plan.url)}, an adapter of rank ${plan.rank}`,
    sizes === null
      ? "its sizes are not known here"
      : `vocabulary ${count(sizes.vocabularySize)}, sequences of up to ${count(sizes.maxSequenceTokens)} tokens`,
    ...(missing === null ? [] : [`note: ${missing}`]),
    "",
    "memory: of this machine nothing worth a plan; weights, caches and the optimiser are the server's",
    `at most ${count(plan.concurrency)} sample requests at once (policy.concurrency)`,
    "",
    ...(work === null
      ? ["how much there is to do is not known: the budget is in tokens or calls"]
      : [
          row("asked of the server", "times", "typical tokens", "at most"),
          ...work.map(({ what, times, typicalTokens, mostTokens }) =>
            row(`  ${what}`, count(times), count(typicalTokens), count(mostTokens)),
          ),
        ]),
    `typical: paths of ${count(lengths.typical.path)} tokens (${lengths.source}); at most: of ${count(lengths.most.path)}, the limit`,
    `how fast the server is: aepo doctor --engine tinker --url ${visibleLine(plan.url)}`,
  ].join("\n");
}

function row(name: string, ...cells: readonly string[]): string {
  return `${padded(name, NAME)}${cells.map((cell) => cell.padStart(CELL)).join("")}`.trimEnd();
}
