/**
 * Imports a module of the user's by its file. Node reads TypeScript itself from 22.18 on; before that the project's own tsx does,
 * if it has one. Nothing is compiled here.
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { AepoError, messageOf } from "../../std/errors.ts";

/** What the module exports. Throws AepoError("config") that says what to do if it is not there or cannot be read. */
export async function importModule(file: string): Promise<Readonly<Record<string, unknown>>> {
  const path = resolve(file);
  if (!existsSync(path)) {
    throw new AepoError("config", `there is no file ${path}`, {
      expected: "a module, by its path from where the command runs",
      fix: "correct the path, or start the command in the project's folder",
    });
  }
  const url = pathToFileURL(path).href;
  try {
    return (await import(url)) as Record<string, unknown>;
  } catch (thrown) {
    if (!isUnreadable(thrown)) throw broken(path, thrown);
  }
  await registerTypeScript(path);
  try {
    // Under a name of its own: the import that failed is remembered.
    return (await import(`${url}?typescript`)) as Record<string, unknown>;
  } catch (thrown) {
    throw broken(path, thrown);
  }
}

function isUnreadable(thrown: unknown): boolean {
  return thrown instanceof Error && "code" in thrown && thrown.code === "ERR_UNKNOWN_FILE_EXTENSION";
}

async function registerTypeScript(path: string): Promise<void> {
  try {
    // Of its two builds the one for import: the other looks for its loader where it is not.
    const api = createRequire(path)
      .resolve("tsx/esm/api")
      .replace(/\.cjs$/, ".mjs");
    const { register } = (await import(pathToFileURL(api).href)) as { register(): unknown };
    register();
  } catch (thrown) {
    throw new AepoError(
      "config",
      `${path} is TypeScript, which Node ${process.versions.node} does not read by itself`,
      {
        expected: "Node 22.18 or later, or the package tsx in the project",
        fix: "npm install --save-dev tsx",
        cause: thrown,
      },
    );
  }
}

function broken(path: string, thrown: unknown): AepoError {
  return new AepoError("config", `${path} cannot be imported: ${messageOf(thrown)}`, { cause: thrown });
}
