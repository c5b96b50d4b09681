/** Keys that parts of this project read from the environment: only whether they are there, never what they are. */
import type { Check, Found } from "../finding.ts";
import type { Machine } from "./machine.ts";

export interface Key {
  readonly variable: string;
  readonly use: string;
}

/** The variables that are read where the options name no other. */
export const KEYS: readonly Key[] = [
  { variable: "HF_TOKEN", use: "private and gated models of the Hub" },
  { variable: "TINKER_API_KEY", use: "policy.engine tinker, on servers that ask for a key" },
  { variable: "OPENAI_API_KEY", use: "rewards by a judge and aepo eval on OpenAI's own servers" },
  { variable: "AEPO_API_KEY", use: "aepo serve beyond this machine" },
  { variable: "BRAVE_API_KEY", use: "search by brave" },
  { variable: "SERPER_API_KEY", use: "search by serper" },
  { variable: "TAVILY_API_KEY", use: "search by tavily" },
  { variable: "BRIGHTDATA_API_KEY", use: "search by brightdata" },
];

export const keyCheck: Check<Machine> = {
  name: "keys",
  look: ({ environment }) => found(KEYS.map((key) => ({ ...key, value: environment[key.variable]?.trim() ?? "" }))),
};

function found(keys: readonly (Key & { readonly value: string })[]): Found {
  const set = keys.filter(({ value }) => value !== "");
  const unset = keys.filter(({ value }) => value === "");
  // In a header such a key is an error that would print it.
  const broken = set.filter(({ value }) => !/^[\x21-\x7e]+$/.test(value));
  const values = { set: names(set), unset: names(unset), broken: names(broken) };
  if (broken.length > 0) {
    return {
      state: "fails",
      found: `${names(broken).join(", ")}: holds spaces, line feeds or other signs that no key has`,
      fix: `set ${names(broken).join(", ")} again, to the key alone`,
      values,
    };
  }
  const missing = unset.map(({ variable, use }) => `${variable} (${use})`).join(", ");
  return {
    state: set.length === 0 ? "missing" : "works",
    found: set.length === 0 ? "none is set" : `set: ${names(set).join(", ")}`,
    fix: unset.length === 0 ? null : `set, only for what you use: ${missing}`,
    values,
  };
}

function names(keys: readonly Key[]): string[] {
  return keys.map(({ variable }) => variable);
}
