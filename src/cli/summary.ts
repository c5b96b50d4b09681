/** The last line of `--json`: what a run did, in the fields that scripts read. */
import { peakRssMiB } from "../run/machine.ts";
import type { EvalRecord } from "../run/records.ts";
import type { RunOutcome } from "./run.ts";

interface BeforeAfter {
  readonly before: number | null;
  readonly after: number | null;
  readonly ci: { readonly before: readonly number[] | null; readonly after: readonly number[] | null };
}

export function summaryJson(outcome: RunOutcome): object {
  const { before, after, mechanisms, report, folder, state } = outcome;
  return {
    pass1: beforeAfter(before, after, 1),
    pass5: beforeAfter(before, after, 5),
    format: after?.formatShare ?? null,
    questions: after?.questions ?? null,
    samples: after?.samples ?? null,
    steps: state.step,
    seconds: outcome.seconds,
    peakRssMiB: peakRssMiB(),
    run: folder,
    report,
    mechanisms,
  };
}

function beforeAfter(before: EvalRecord | null, after: EvalRecord | null, k: number): BeforeAfter {
  const at = (record: EvalRecord | null) => record?.passAtK.find((entry) => entry.k === k);
  const [first, last] = [at(before), at(after)];
  return {
    before: first?.value ?? null,
    after: last?.value ?? null,
    ci: {
      before: first === undefined ? null : [first.low, first.high],
      after: last === undefined ? null : [last.low, last.high],
    },
  };
}
