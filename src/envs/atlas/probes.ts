/**
 * Readiness probes of a cold start: after `REL is`, does the policy copy the value that the last result shows for REL?
 * Only turns that read a fact right are probes; guesses are not.
 */
import type { Demonstration, Probe } from "../task.ts";

/** The probes of a run, in order. */
export function copyProbes(prompt: string, { parts }: Demonstration): Probe[] {
  return parts.flatMap((part, index) => {
    const [, relation = "", value = ""] = /^<think> (\S+) is (.+?) ;/.exec(part.text) ?? [];
    const shown = parts[index - 1]?.text.includes(` ${relation} ${value} `) ?? false;
    if (value === "" || !shown) return [];
    const before = [prompt, ...parts.slice(0, index).map((earlier) => earlier.text)];
    return [{ prefix: [...before, "<think>", relation, "is"].join(" "), expected: value }];
  });
}
