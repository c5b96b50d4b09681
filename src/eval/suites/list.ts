/** The suites by name: the paper's 14 sets. */
import { AepoError } from "../../std/errors.ts";
import { deepSearchSuites } from "./deep-search-suites.ts";
import { knowledgeSuites } from "./knowledge-suites.ts";
import { mathSuites } from "./math-suites.ts";
import type { Suite } from "./suite.ts";

export const SUITES: readonly Suite[] = [...deepSearchSuites, ...knowledgeSuites, ...mathSuites];

/** A suite of the command line: one of the list, and the file it is to be read from if one is named. */
export interface SuiteChoice {
  readonly suite: Suite;
  readonly file: string | null;
}

/** `gsm8k` or `gsm8k=FILE`. Throws AepoError("usage") for other names. */
export function suiteChoice(text: string): SuiteChoice {
  const at = text.indexOf("=");
  const name = (at < 0 ? text : text.slice(0, at)).trim().toLowerCase();
  const suite = SUITES.find((one) => suiteNames(one).includes(name));
  if (suite === undefined) {
    throw new AepoError("usage", `there is no suite "${name}"`, {
      exists: SUITES.map((one) => one.name).join(", "),
      fix: "questions of your own: --suite NAME=FILE with the name of the suite whose columns and metric they have",
    });
  }
  const file = at < 0 ? null : text.slice(at + 1).trim();
  if (file !== "") return { suite, file };
  throw new AepoError("usage", `--suite ${text}: there is no file behind the =`, {
    expected: `${name}=FILE, or ${name}`,
  });
}

/** Throws if a suite is chosen twice. */
export function suiteChoices(texts: readonly string[]): SuiteChoice[] {
  const choices = texts.map(suiteChoice);
  const names = choices.map(({ suite }) => suite.name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice === undefined) return choices;
  throw new AepoError("usage", `the suite "${twice}" is asked for twice`, { fix: "name it once" });
}

function suiteNames({ name, title, files }: Suite): string[] {
  return [name, title.toLowerCase(), ...files];
}
