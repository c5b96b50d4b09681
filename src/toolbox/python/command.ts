/** Which program a run starts: bubblewrap around the interpreter, or the interpreter alone where the options say so in words. */
import { accessSync, constants, existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { AepoError } from "../../std/errors.ts";
import { sandboxArguments } from "./bubblewrap.ts";
import { type PythonSettings, UNSANDBOXED } from "./options.ts";
import { RUNNER } from "./runner.ts";

export interface Command {
  readonly file: string;
  readonly arguments: readonly string[];
  readonly sandboxed: boolean;
}

/** What to do where there is no sandbox. */
export const WAYS_OUT = [
  "install bubblewrap 0.8 or newer (apt install bubblewrap);",
  "in a container, allow namespaces (docker run --security-opt with seccomp=, apparmor= and systempaths=unconfined);",
  "on Ubuntu 24.04 and newer, sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 or an AppArmor profile for bwrap;",
  `or, where the machine itself is the sandbox, set sandbox: "${UNSANDBOXED}" in the options of python`,
].join("\n    ");

/** Throws AepoError("config") when the interpreter or bubblewrap is not there. */
export function commandOf(settings: PythonSettings, seccompFd: number | null): Command {
  const { interpreter, packages } = settings;
  const folders = interpreterFolders(interpreter);
  // Not -I: the environment is ours, and PYTHONHASHSEED in it is meant.
  const python = [interpreter, "-s", "-B", ...(packages ? [] : ["-S"]), "-c", RUNNER];
  if (settings.sandbox === UNSANDBOXED) {
    return { file: interpreter, arguments: python.slice(1), sandboxed: false };
  }
  const file = bubblewrap();
  const readable = [...folders, ...settings.readable];
  for (const path of readable) checkReachable(path);
  return { file, arguments: [...sandboxArguments(settings, readable, seccompFd), "--", ...python], sandboxed: true };
}

function bubblewrap(): string {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const found = folders.map((folder) => join(folder, "bwrap")).find(isExecutable);
  if (found !== undefined) return found;
  throw new AepoError("config", "python needs bubblewrap as its sandbox, and there is no bwrap in PATH", {
    exists: folders.join(delimiter),
    fix: WAYS_OUT,
  });
}

/** Folders outside the system that an interpreter lives in: a virtual environment and the installation it was made from. */
function interpreterFolders(interpreter: string): string[] {
  if (!isExecutable(interpreter)) {
    throw new AepoError("config", `python.interpreter: there is no program ${interpreter}`, {
      expected: "the path of a python3, such as /usr/bin/python3",
      fix: "install python3 (apt install python3), or name another one in python.interpreter",
    });
  }
  const prefixes = new Set([dirname(dirname(interpreter)), dirname(dirname(realpathSync(interpreter)))]);
  return [...prefixes].filter((prefix) => !/^\/(usr(\/.*)?)?$/.test(prefix)).map(pythonPrefix);
}

/** A folder that is bound into the sandbox must be a python installation, not a home that has a `bin`. */
function pythonPrefix(prefix: string): string {
  const found = entriesOf(join(prefix, "lib")).some((name) => name.startsWith("python3"));
  if (found) return prefix;
  throw new AepoError("config", `python.interpreter: ${prefix} is no python installation`, {
    expected: `${prefix}/lib/python3.*, as in an installation or a virtual environment`,
    fix: "name the interpreter itself, not a script that starts it (python -c 'import sys; print(sys.executable)' tells)",
  });
}

/** The sandbox of root is user nobody's (see process.ts), who cannot look into root's home. */
function checkReachable(path: string): void {
  if (!existsSync(path)) {
    throw new AepoError("config", `python.readable: there is no ${path}`, { fix: "correct the path, or leave it out" });
  }
  if (process.getuid?.() !== 0) return;
  const parts = realpathSync(path).split("/").slice(1);
  const ways = parts.map((_, index) => `/${parts.slice(0, index + 1).join("/")}`);
  const closed = ways.find((way) => (statSync(way).mode & 0o001) === 0);
  if (closed === undefined) return;
  throw new AepoError(
    "config",
    `${path} cannot be read in the sandbox: root's runs as user nobody, and ${closed} is closed to others`,
    {
      fix: "put it where everybody may read, or run aepo as an ordinary user",
    },
  );
}

function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
