/** The process of one mode, for `bench/scaling.ts`: its settings as JSON in, its result as JSON out. */
import { messageOf } from "../../src/std/errors.ts";
import { json, note } from "../output.ts";
import { type ModeRun, runMode } from "./run-mode.ts";

try {
  json(await runMode(JSON.parse(process.argv[2] ?? "") as ModeRun));
} catch (thrown) {
  note(messageOf(thrown));
  process.exitCode = 1;
}
