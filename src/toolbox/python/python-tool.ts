/**
 * Python as a tool of the policy. Its state is a value: the code of the calls so far, and a fingerprint of what they printed. With
 * `state: keep` a call starts a fresh interpreter and runs the earlier code again before the new one, so a fork of a path needs
 * nothing copied, and the n-th call of a path costs n runs.
 *
 * Code that raises is an answer: the policy reads the traceback, and what ran before the exception stays, as at a prompt. Code that
 * was stopped by a limit or took the interpreter down is a failed call: it left nothing.
 */
import { z } from "zod";
import { AepoError } from "../../std/errors.ts";
import { type Tool, type ToolOutput, tool } from "../../tools/tool.ts";
import { LateFailure } from "../../tools/late-failure.ts";
import type { OpenTool } from "../open-tool.ts";
import { type PythonOptions, type PythonSettings, pythonSettings, UNSANDBOXED } from "./options.ts";
import { type PythonRun, runPython } from "./run-python.ts";

/** What a path has run so far. `undefined` is a path that has run nothing. */
export interface PythonState {
  readonly cells: readonly string[];
  /** Fingerprint of what they printed. */
  readonly printed: string;
}

type PythonTool = Tool<{ code: string }, PythonState | undefined>;

const MAX_CODE = 200_000;

/**
 * Opens python with the given options. Throws AepoError("config") for bad options, a missing interpreter or module, and where there
 * is no sandbox and the options do not say in words to do without.
 */
export async function openPythonTool(
  options: PythonOptions = {},
  { signal = new AbortController().signal }: { readonly signal?: AbortSignal } = {},
): Promise<OpenTool> {
  const settings = pythonSettings(options);
  const version = await checkPython(settings, signal);
  if (settings.sandbox === UNSANDBOXED) {
    process.emitWarning(
      "python runs what the model writes without a sandbox: it may read, write and send whatever this user may",
      "AepoWarning",
    );
  }
  const closing = new AbortController();
  const running = new Set<Promise<unknown>>();
  return {
    tools: [
      pythonTool(settings, version, async (code, state, stop) => {
        const work = call(settings, code, state, AbortSignal.any([stop, closing.signal]));
        running.add(work);
        return work.finally(() => running.delete(work));
      }),
    ],
    close: async () => {
      closing.abort(new Error("python has been closed"));
      await Promise.allSettled(running);
    },
  };
}

type Answer = ToolOutput<PythonState | undefined>;
type Call = (code: string, state: PythonState | undefined, signal: AbortSignal) => Promise<Answer>;

function pythonTool(settings: PythonSettings, version: string, execute: Call): PythonTool {
  return tool({
    name: "python",
    description: descriptionOf(settings, version),
    input: z.strictObject({
      code: z.string().max(MAX_CODE).describe("python code; the value of a last expression is printed"),
    }),
    execute: async ({ code }, { state, signal }) => execute(code, state, signal),
  });
}

async function call(
  settings: PythonSettings,
  code: string,
  state: PythonState | undefined,
  signal: AbortSignal,
): Promise<Answer> {
  if (settings.state === "none") return answerOf(await runPython(code, settings, signal), settings);
  const { cells, printed } = stateOf(state);
  const run = await runPython(code, { ...settings, earlier: cells }, signal);
  const text = answerOf(run, settings);
  const isSame = cells.length === 0 || run.printedBefore === printed;
  return {
    text: isSame ? text : `${text}\n(the code of earlier calls was run again and printed something else than before)`,
    state: { cells: [...cells, code], printed: run.printed },
  };
}

function stateOf(state: unknown): PythonState {
  if (state === undefined) return { cells: [], printed: "" };
  if (typeof state === "object" && state !== null && "cells" in state && Array.isArray(state.cells)) {
    return state as PythonState;
  }
  throw new AepoError("usage", "the state of this path is not one of python", {
    expected: "undefined at the beginning, then what the call before returned",
    exists: JSON.stringify(state),
  });
}

/** What the policy reads. Throws, so that the call fails, when the code did not come to an end of its own. */
function answerOf({ ending, stdout, stderr }: PythonRun, { outputChars, state }: PythonSettings): string {
  const text = shownOutput(stdout, stderr, outputChars);
  if (ending.kind === "raised" && stderr === "") return `${text}\n(exit code ${ending.exitCode})`.trimStart();
  if (ending.words === "") return text === "" ? "(no output)" : text;
  const rest = state === "keep" ? "; nothing of this call is kept" : "";
  const message = `${ending.words}${rest}${text === "" ? "" : `\n${text}`}`;
  if (!ending.late) throw new Error(message);
  throw new LateFailure(message, { retryable: ending.kind === "start" });
}

/** Both outputs within the limit; what went wrong stands at the end of the second, so that is cut at its beginning. */
function shownOutput(stdout: string, stderr: string, most: number): string {
  const [out, errors] = [stdout.trimEnd(), stderr.trimEnd()];
  if (errors === "") return out;
  if (out === "") return errors;
  const room = Math.max(0, most - errors.length - 1);
  const shown = out.length > room ? `${out.slice(0, room - 1)}…` : out;
  return room < 2 ? errors : `${shown}\n${errors}`;
}

/** Runs the modules' imports once, with the very settings of the calls, and returns python's version. */
async function checkPython(settings: PythonSettings, signal: AbortSignal): Promise<string> {
  const { modules, interpreter } = settings;
  const code = ["import sys", ...modules.map((name) => `import ${name}`), "print(sys.version.split()[0])"].join("\n");
  const { ending, stdout, stderr } = await runPython(code, settings, signal);
  const version = stdout.trim();
  if (ending.kind === "finished" && /^3\.\d+/.test(version)) return version;
  const last = stderr.trim().split("\n").at(-1) ?? "";
  const missing = /^ModuleNotFoundError: No module named '([^']+)'/.exec(last)?.[1];
  if (missing !== undefined) {
    throw new AepoError("config", `python.modules: ${interpreter} has no module ${missing}`, {
      fix: settings.packages
        ? `install it for ${interpreter}, or name in python.interpreter a virtual environment that has it`
        : "set python.packages to true, or leave the module out",
    });
  }
  throw new AepoError("config", `python does not work here: ${ending.words === "" ? last || version : ending.words}`, {
    expected: "python 3.9 or newer that imports the modules within the limits",
    fix: "look at python.interpreter, python.modules, python.memoryMiB and python.timeoutMs",
  });
}

function descriptionOf({ state, modules, timeoutMs, memoryMiB }: PythonSettings, version: string): string {
  return [
    `Runs code in Python ${version} and returns what it prints; the value of a last expression is printed, too.`,
    state === "keep" ? "Variables are kept from call to call." : "Every call starts afresh.",
    ...(modules.length === 0 ? [] : [`Installed: ${modules.join(", ")}.`]),
    `There is no network. Limits: ${timeoutMs / 1000} seconds, ${memoryMiB} MiB of memory.`,
  ].join(" ");
}
