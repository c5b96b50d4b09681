/**
 * Measures the engine in a process of its own: a driver that takes the process down with it, or a library that this
 * processor cannot run, is an answer and not the end of the doctor.
 */
import { execFile, type ExecFileException } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Device } from "../../../engine/runtime/runtime.ts";
import { AepoError } from "../../../std/errors.ts";
import type { EngineSpeed } from "./machine.ts";

/** For a slow machine that does other things. */
const MOST_MS = 120_000;

/** What the process says at its end. */
export type EngineAnswer = EngineSpeed | { readonly error: string };

/** Throws AepoError("engine") with what the process said, or how it ended. */
export async function engineSpeed(device: Device): Promise<EngineSpeed> {
  const isSource = import.meta.url.endsWith(".ts");
  const script = fileURLToPath(new URL(isSource ? "./measure-engine.ts" : "./measure-engine.js", import.meta.url));
  const loader = isSource ? ["--import", pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href] : [];
  const answer = await new Promise<EngineAnswer>((resolve) => {
    execFile(process.execPath, [...loader, script, device], { timeout: MOST_MS }, (error, stdout, stderr) => {
      const last = stdout.trim().split("\n").at(-1) ?? "";
      resolve(last.startsWith("{") ? (JSON.parse(last) as EngineAnswer) : { error: unspoken(error, stderr) });
    });
  });
  if (!("error" in answer)) return answer;
  throw new AepoError("engine", `the engine does not run on ${device}: ${answer.error.slice(0, 300)}`, {
    fix: "npm ls onnxruntime-node says whether it is installed; its binaries are for x64 and arm64 of Linux, macOS and Windows",
  });
}

/** Of a process that could not say what was wrong. */
function unspoken(error: ExecFileException | null, stderr: string): string {
  const ending =
    typeof error?.signal === "string" ? `its process was ended by ${error.signal}` : "its process said nothing";
  const last = stderr.trim().split("\n").at(-1) ?? "";
  return last === "" ? ending : `${ending}; ${last}`;
}
