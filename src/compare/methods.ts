/**
 * From the command's arguments to methods. `RECIPE` is a method; `RECIPE:NAME` is the recipe with another algorithm or with a preset.
 * Only what one chooses a method for may differ between methods: anything else that does makes the comparison unfair and is an error.
 */
import { parseDocument } from "yaml";
import { z } from "zod";
import { methodSchema } from "../algorithm/list.ts";
import { PRESETS, writtenOut } from "../algorithm/presets.ts";
import { AepoError } from "../std/errors.ts";
import { type Recipe, recipeSchema } from "../train/config.ts";
import { type ConfigSource, readConfig } from "../train/config-source.ts";
import { checkMethodName, type Method } from "./comparison.ts";
import { checkSettings, settingsOf } from "./method-settings.ts";
import { differingFields } from "./settings-table.ts";

/** One argument: the recipe's text without `--set`, and what stands behind the colon. */
export interface MethodArgument {
  /** As it was given. */
  readonly text: string;
  /** The recipe's own name. */
  readonly recipe: string;
  readonly variant: string | null;
  readonly source: ConfigSource;
}

export function methodNames(): string[] {
  return methodSchema.options.map(({ shape }) => shape.name.value);
}

export function variantNames(): string[] {
  return [...methodNames(), ...Object.keys(PRESETS)];
}

/** The methods, named and checked against each other. `set` goes over what a variant says, of all methods or of the one it names. */
export function makeMethods(
  given: readonly MethodArgument[],
  set: readonly string[],
  names: readonly string[] = [],
): Method[] {
  if (given.length < 2) throw tooFew(given);
  if (names.length > 0 && names.length !== given.length) {
    throw new AepoError("usage", `--name names ${names.length} methods, but there are ${given.length}`, {
      expected: "one name a recipe, in their order",
    });
  }
  const called = given.map(({ variant, recipe }, index) => names[index] ?? variant ?? recipe);
  called.forEach(checkMethodName);
  checkSettings(set, called);
  const methods = given.map((argument, index): Method => {
    const name = called[index] ?? "";
    return { name, from: argument.text, recipe: readMethod(argument, settingsOf(set, name)) };
  });
  checkNames(methods);
  checkFair(methods);
  return methods;
}

function tooFew(given: readonly MethodArgument[]): AepoError {
  return new AepoError("usage", "nothing to compare with", {
    expected: "at least two methods, such as: aepo compare atlas atlas:grpo --seeds 3",
    exists: given[0] === undefined ? "no recipe" : `only ${given[0].text}`,
    fix: `give another recipe, or RECIPE:NAME with one of ${variantNames().join(", ")}`,
  });
}

function readMethod({ source, variant }: MethodArgument, set: readonly string[]): Recipe {
  const written = writtenOut(set);
  if (variant === null) return readConfig({ ...source, overrides: written }, recipeSchema);
  if (Object.hasOwn(PRESETS, variant)) {
    const overrides = [...writtenOut([`algorithm.preset=${variant}`]), ...written];
    return readConfig({ ...source, overrides }, recipeSchema);
  }
  return readConfig({ ...withAlgorithm(source, variant), overrides: written }, recipeSchema);
}

/** Another algorithm takes over the plain options that it knows too, such as groupSize; groups of options are its own. */
function withAlgorithm(source: ConfigSource, variant: string): ConfigSource {
  const schema = methodSchema.options.find(({ shape }) => shape.name.value === variant);
  if (schema === undefined) {
    throw new AepoError("usage", `no algorithm or preset "${variant}"`, { exists: variantNames().join(", ") });
  }
  const loose = z.looseObject({ algorithm: z.looseObject({ name: z.string().optional() }) });
  const { algorithm } = readConfig({ ...source, overrides: [] }, loose);
  if (algorithm.name === variant) return source;
  const kept = Object.entries(algorithm).filter(
    ([key, value]) => key in schema.shape && (typeof value !== "object" || value === null),
  );
  const document = parseDocument(source.text);
  document.setIn(["algorithm"], { ...Object.fromEntries(kept), name: variant });
  return { ...source, name: `${source.name}:${variant}`, text: String(document) };
}

function checkNames(methods: readonly Method[]): void {
  const twice = methods.find(({ name }, index) => methods.findIndex((other) => other.name === name) < index);
  if (twice === undefined) return;
  throw new AepoError("usage", `two methods are called "${twice.name}"`, {
    exists: methods.map(({ name, from }) => `${name} (${from})`).join(", "),
    fix: "name them, one name a recipe: --name NAME NAME ...",
  });
}

/** What is judged, what is trained, and how it is judged. */
const FAIR = ["task", "policy", "eval", "train.overlap", "train.toolTimeoutMs"];

function checkFair([first, ...others]: readonly Method[]): void {
  if (first === undefined) return;
  for (const other of others) {
    const differing = differingFields([first.recipe, other.recipe]).find(({ field }) =>
      FAIR.some((name) => field === name || field.startsWith(`${name}.`)),
    );
    if (differing === undefined) continue;
    const { field, values } = differing;
    throw new AepoError("config", `${field} differs between methods, which makes the comparison unfair`, {
      expected: `the same ${FAIR.join(", ")} for all methods`,
      exists: `${first.name}: ${values[0]}; ${other.name}: ${values[1]}`,
      fix: `set it for all: --set ${field}=...`,
    });
  }
}
