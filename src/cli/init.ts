/** `aepo init`: a small project of the user's own (recipe, task, tool, data, test) that trains as it is. */
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { z } from "zod";
import { withFileErrors } from "../run/failures.ts";
import { makeFolder } from "../run/make-folder.ts";
import { AepoError } from "../std/errors.ts";
import { printJson } from "./options.ts";

const PACKAGE = fileURLToPath(new URL("../../", import.meta.url));

export function initCommand(): Command {
  return new Command("init")
    .description("write a small project of your own (recipe, task, tool, data, test) that trains as it is")
    .argument("<folder>", "a new or empty folder")
    .option("--json", "print one line of JSON on stdout at the end; everything else goes to stderr")
    .action((folder: string, { json }: { readonly json?: boolean }) => {
      const files = writeProject(folder);
      process.stderr.write(`${files.map((file) => `  ${join(folder, file)}`).join("\n")}\n\nnext:\n`);
      const enter = resolve(folder) === process.cwd() ? "" : `cd ${folder} && `;
      process.stderr.write(`  ${enter}npm install && npm test && npm start\n`);
      if (json === true) printJson({ folder: resolve(folder), files });
    });
}

/** Returns the files written, by their paths in the folder. */
export function writeProject(folder: string): string[] {
  checkEmpty(folder);
  return withFileErrors("write a project into", folder, () => {
    makeFolder(folder);
    cpSync(join(PACKAGE, "template"), folder, { recursive: true });
    // npm leaves a file of the real name out of packages.
    renameSync(join(folder, "gitignore"), join(folder, ".gitignore"));
    writeFileSync(join(folder, "package.json"), packageJson(folder));
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
      .sort();
  });
}

function checkEmpty(folder: string): void {
  if (!existsSync(folder)) return;
  const names = withFileErrors("look into", folder, () => readdirSync(folder));
  if (names.length === 0) return;
  throw new AepoError("usage", `${folder} is not empty`, {
    expected: "a new or empty folder: nothing of yours is ever overwritten",
    exists: `${names.slice(0, 5).join(", ")}${names.length > 5 ? ", …" : ""}`,
    fix: "give another folder",
  });
}

const versionsSchema = z.looseObject({
  version: z.string(),
  dependencies: z.record(z.string(), z.string()),
  devDependencies: z.record(z.string(), z.string()),
});

function packageJson(folder: string): string {
  const text = readFileSync(join(PACKAGE, "package.json"), "utf8");
  const { version, dependencies, devDependencies } = versionsSchema.parse(JSON.parse(text));
  const versionsOf = (names: readonly string[], versions: Readonly<Record<string, string>>): object =>
    Object.fromEntries(names.map((name) => [name, versions[name]]));
  const content = {
    name: nameOf(folder),
    private: true,
    type: "module",
    scripts: {
      start: "npm run cold-start && npm run train",
      "cold-start": "aepo sft cold-start.yaml",
      train: "aepo train recipe.yaml",
      test: "node --import tsx --test task.test.ts",
      typecheck: "tsc",
    },
    // A checkout of aepo is used as it is: its version may be nowhere else.
    dependencies: { aepo: isCheckout() ? `file:${PACKAGE}` : `^${version}`, ...versionsOf(["zod"], dependencies) },
    devDependencies: versionsOf(["@types/node", "tsx", "typescript"], devDependencies),
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

function isCheckout(): boolean {
  return existsSync(join(PACKAGE, "src"));
}

/** As npm allows it. */
function nameOf(folder: string): string {
  const name = basename(resolve(folder))
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return name === "" ? "my-agent" : name;
}
