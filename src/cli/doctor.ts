/** `aepo doctor`: what this machine, or an engine elsewhere, can do, and what to do about the rest. */
import { Command } from "commander";
import { renderFinding, renderVerdict } from "../report/checkup-text.ts";
import { allRequiredWork, examineAll, type Finding } from "../train/checkup/finding.ts";
import { MACHINE_CHECKS } from "../train/checkup/machine/machine-checks.ts";
import { thisMachine } from "../train/checkup/machine/this-machine.ts";
import { printJson } from "./options.ts";

interface DoctorCommandOptions {
  readonly json?: boolean;
}

export function doctorCommand(): Command {
  return new Command("doctor")
    .description("say what works on this machine, what is missing, and what to do about it")
    .option("--json", "print one line of JSON on stdout at the end; everything else goes to stderr")
    .addHelpText(
      "after",
      `
Examples:
  $ aepo doctor                        Node, memory, disk, graphics cards, the engine's speed, python, sandbox, browser, keys, models

Keys are looked for by name, their values are never shown. What is missing may well not be needed: only recipes that use it
do. The exit code is 1 if something fails that nothing can be trained without.`,
    )
    .action(doctor);
}

async function doctor(options: DoctorCommandOptions): Promise<void> {
  const say = (text: string): void => void (options.json === true ? process.stderr : process.stdout).write(`${text}\n`);
  const tell = (finding: Finding): void => say(renderFinding(finding));
  const findings = await examineAll(MACHINE_CHECKS, thisMachine(), tell);
  say(`\n${renderVerdict(findings)}`);
  const ok = allRequiredWork(findings);
  if (options.json === true) printJson({ ok, machine: findings });
  if (!ok) process.exitCode = 1;
}
