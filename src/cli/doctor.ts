/** `aepo doctor`: what this machine, or an engine elsewhere, can do, and what to do about the rest. */
import { Command } from "commander";
import { renderFinding, renderVerdict } from "../report/checkup-text.ts";
import { AepoError } from "../std/errors.ts";
import { examineEngine } from "../train/checkup/engine/engine-checks.ts";
import type { EngineAddress } from "../train/checkup/engine/remote-engine.ts";
import { allRequiredWork, examineAll, type Finding } from "../train/checkup/finding.ts";
import { MACHINE_CHECKS } from "../train/checkup/machine/machine-checks.ts";
import { thisMachine } from "../train/checkup/machine/this-machine.ts";
import { interruptSignal } from "./interrupt.ts";
import { printJson } from "./options.ts";

interface DoctorCommandOptions {
  readonly engine: string;
  readonly url?: string;
  readonly model?: string;
  readonly rank?: string;
  readonly keyEnv?: string;
  readonly json?: boolean;
}

const DEFAULT_RANK = 8;
const DEFAULT_KEY = "TINKER_API_KEY";

export function doctorCommand(): Command {
  return new Command("doctor")
    .description("say what works on this machine or on an engine elsewhere, what is missing, and what to do about it")
    .option("--engine <name>", "embedded: this machine; tinker: a server that speaks the Tinker protocol", "embedded")
    .option("--url <url>", "with --engine tinker: where the server is, such as http://127.0.0.1:8000")
    .option("--model <name>", "the base model to try, as the server calls it (default: the only one it has)")
    .option("--rank <n>", `rank of the throw-away adapter (default: ${DEFAULT_RANK})`)
    .option("--key-env <name>", `environment variable that holds the server's key (default: ${DEFAULT_KEY})`)
    .option("--json", "print one line of JSON on stdout at the end; everything else goes to stderr")
    .addHelpText(
      "after",
      `
Examples:
  $ aepo doctor                        Node, memory, disk, graphics cards, the engine's speed, python, sandbox, browser, keys, models
  $ aepo doctor --engine tinker --url http://127.0.0.1:8000
                                       round trips, tokens a second, three steps of training on a throw-away adapter, how losses
                                       are reduced, what of a step is honoured, whether sampling and training may overlap
  $ MY_KEY=… aepo doctor --engine tinker --url https://… --model Qwen/Qwen3-8B --key-env MY_KEY

Keys are looked for by name, their values are never shown. What is missing may well not be needed: only recipes that use it
do. The exit code is 1 if something fails that nothing can be trained without.`,
    )
    .action(doctor);
}

async function doctor(options: DoctorCommandOptions): Promise<void> {
  const address = engineAddress(options);
  const say = (text: string): void => void (options.json === true ? process.stderr : process.stdout).write(`${text}\n`);
  const tell = (finding: Finding): void => say(renderFinding(finding));
  const findings = await (address === null
    ? examineAll(MACHINE_CHECKS, thisMachine(), tell)
    : examineRemote(address, tell));
  say(`\n${renderVerdict(findings)}`);
  const ok = allRequiredWork(findings);
  if (options.json === true) printJson({ ok, [address === null ? "machine" : "engine"]: findings });
  if (!ok) process.exitCode = 1;
}

async function examineRemote(address: EngineAddress, onFinding: (finding: Finding) => void): Promise<Finding[]> {
  const { signal, release } = interruptSignal();
  return examineEngine({ address, signal, onFinding }).finally(release);
}

/** Null: this machine. */
function engineAddress({ engine, url, model, rank, keyEnv }: DoctorCommandOptions): EngineAddress | null {
  const remote = { "--url": url, "--model": model, "--rank": rank, "--key-env": keyEnv };
  if (engine === "embedded") {
    const given = Object.entries(remote).find(([, value]) => value !== undefined);
    if (given === undefined) return null;
    throw new AepoError("usage", `${given[0]} is about an engine elsewhere`, {
      fix: "add --engine tinker, or leave it out",
    });
  }
  if (engine !== "tinker")
    throw new AepoError("usage", `--engine ${engine}: no such engine`, { expected: "embedded or tinker" });
  if (url === undefined) {
    throw new AepoError("usage", "--engine tinker needs the server's address", {
      fix: "add --url, such as --url http://127.0.0.1:8000",
    });
  }
  return { url, model: model ?? null, rank: rankOf(rank), apiKeyVariable: variableOf(keyEnv) };
}

function rankOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_RANK;
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new AepoError("usage", `--rank ${text}: no rank of an adapter`, { expected: "an integer from 1 to 9999" });
}

/** A key that was given instead of its name is not repeated. */
function variableOf(text: string | undefined): string {
  if (text === undefined) return DEFAULT_KEY;
  if (/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(text)) return text;
  throw new AepoError("usage", "--key-env takes the NAME of an environment variable, never the key itself", {
    expected: "letters, digits and _, such as TINKER_API_KEY",
  });
}
