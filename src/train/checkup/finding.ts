/**
 * One thing that was looked at, of this machine or of an engine elsewhere: does it work, what was found, what to do if not.
 * A check that throws is a finding, too, so that one broken thing hides no other.
 */
import { AepoError, messageOf } from "../../std/errors.ts";
import type { JsonObject } from "../../std/json.ts";

/** `missing` is not there and may well not be needed; `fails` is there, or ought to be, and does not work. */
export type FindingState = "works" | "missing" | "fails";

export interface Finding {
  readonly name: string;
  readonly state: FindingState;
  /** What was found, in words. */
  readonly found: string;
  /** What to do about it; null where there is nothing to do. */
  readonly fix: string | null;
  /** Nothing can be trained without it. */
  readonly required: boolean;
  /** The same as numbers and names, for scripts. */
  readonly values: JsonObject;
}

export type Found = Pick<Finding, "state" | "found"> & Partial<Pick<Finding, "fix" | "values">>;

/** A check as a row of a table. What `look` throws is what is wrong. */
export interface Check<Subject> {
  readonly name: string;
  readonly required?: boolean;
  /** What a throw means (default: `fails`). */
  readonly thrown?: FindingState;
  look(subject: Subject): Found | Promise<Found>;
}

export async function examined<Subject>(
  { name, required = false, thrown: state = "fails", look }: Check<Subject>,
  subject: Subject,
): Promise<Finding> {
  try {
    const found = await look(subject);
    return { name, required, fix: null, values: {}, ...found };
  } catch (thrown) {
    return { name, required, values: {}, state, ...whatWasThrown(thrown) };
  }
}

/** Whether nothing that is required is wrong. */
export function allRequiredWork(findings: readonly Finding[]): boolean {
  return findings.every(({ required, state }) => !required || state === "works");
}

function whatWasThrown(thrown: unknown): Pick<Finding, "found" | "fix"> {
  if (!(thrown instanceof AepoError)) return { found: messageOf(thrown), fix: null };
  const { expected, exists, fix } = thrown.details;
  const [what = ""] = thrown.message.split("\n  ");
  const around = [
    expected === undefined ? "" : `expected: ${expected}`,
    exists === undefined ? "" : `found: ${exists}`,
  ];
  return { found: [what, ...around.filter((part) => part !== "")].join("; "), fix: fix ?? null };
}

/** One after the other, so that measurements do not disturb each other; each is told as soon as it is known. */
export async function examineAll<Subject>(
  checks: readonly Check<Subject>[],
  subject: Subject,
  onFinding: (finding: Finding) => void,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const check of checks) {
    const finding = await examined(check, subject);
    onFinding(finding);
    findings.push(finding);
  }
  return findings;
}
