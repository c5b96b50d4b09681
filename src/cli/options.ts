/** What every command shares: the recipe argument, `--set`, `--seed`, `--json`, and where text goes. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { writtenOut } from "../algorithm/presets.ts";
import { withFileErrors } from "../run/failures.ts";
import { AepoError } from "../std/errors.ts";
import type { ConfigSource } from "../train/config-source.ts";

export interface CommonOptions {
  readonly set: readonly string[];
  readonly seed?: string;
  readonly json?: boolean;
}

/** Adds `--set`, `--seed` and `--json`. */
export function withCommonOptions(command: Command): Command {
  return command
    .option("--set <key=value...>", "override settings of the recipe, e.g. --set train.steps=10", [])
    .option("--seed <n>", "seed of every random stream (same as --set seed=N)")
    .option("--json", "print one line of JSON on stdout at the end; everything else goes to stderr");
}

const RECIPES = fileURLToPath(new URL("../../recipes/", import.meta.url));

/** A recipe file, or one that ships with the package by name. */
export function recipeSource(recipe: string, options: CommonOptions): ConfigSource {
  const overrides = [...writtenOut(options.set), ...(options.seed === undefined ? [] : [`seed=${options.seed}`])];
  const bundled = `${RECIPES}${recipe}.yaml`;
  const path = !existsSync(recipe) && existsSync(bundled) ? bundled : recipe;
  if (!existsSync(path)) {
    throw new AepoError("usage", `no recipe "${recipe}"`, {
      expected: "a YAML or JSON file, or the name of a recipe that ships with aepo",
      exists: bundledRecipes().join(", "),
    });
  }
  return { name: path === bundled ? basename(path) : path, text: readText(path), overrides };
}

/** Throws if there is no recipe; `resume` is what could have been given instead. */
export function requiredRecipe(recipe: string | undefined, resume: string): string {
  if (recipe !== undefined) return recipe;
  throw new AepoError("usage", "nothing to train", {
    expected: `a recipe, or ${resume}`,
    exists: bundledRecipes().join(", "),
  });
}

/** Throws if settings are given beside --resume. */
export function checkResumesAlone(recipe: string | undefined, options: CommonOptions): void {
  if (recipe === undefined && options.set.length === 0 && options.seed === undefined) return;
  throw new AepoError("usage", "a resumed run keeps its own settings", {
    exists: recipe === undefined ? "--set or --seed beside --resume" : `the recipe "${recipe}" beside --resume`,
    fix: "leave them out, or start a new run from its checkpoint with --set policy.checkpoint=FOLDER",
  });
}

export function bundledRecipes(): string[] {
  return readdirSync(RECIPES, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => name.slice(0, -5).replaceAll("\\", "/"))
    .sort();
}

function readText(path: string): string {
  return withFileErrors("read", path, () => readFileSync(path, "utf8"));
}

/** Prints the last line of `--json`. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
