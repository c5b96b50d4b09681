/**
 * Code tests: the answer is a python program, the accepted answer its tests; both run in the sandbox. A program that fails,
 * hangs or reaches a limit has failed the test; a sandbox that cannot be had is a failure in words.
 */
import { createHash } from "node:crypto";
import PQueue from "p-queue";
import { runPython } from "../../toolbox/python/run-python.ts";
import type { PartResult, RewardPart } from "../reward-part.ts";
import type { CodePartSettings } from "./code-options.ts";
import { type CodeTests, codeTests, programOf, sameOutput, type TextCase } from "./code-tests.ts";

/** Longer programs are no answers. */
const MAX_PROGRAM = 200_000;

/** Rejects with AepoError("config") where python cannot be run in a sandbox. */
export async function openCodePart(settings: CodePartSettings): Promise<RewardPart> {
  await runPython("1", settings.python);
  const { name, weight, concurrency } = settings;
  const queue = new PQueue({ concurrency });
  return {
    name,
    weight,
    role: "accuracy",
    range: [0, 1],
    score: ({ answers: [gold = ""] }, { answer }): PartResult | Promise<PartResult> => {
      const tests = codeTests(gold);
      const program = programOf(answer ?? "");
      if (program.trim() === "" || program.length > MAX_PROGRAM) return 0;
      return queue.add(async () => graded(program, tests, settings));
    },
    close: async () => queue.onIdle(),
  };
}

async function graded(program: string, tests: CodeTests, settings: CodePartSettings): Promise<PartResult> {
  if (tests.kind === "python") return passesPython(program, tests.code, settings);
  let passed = 0;
  for (const one of tests.cases) {
    const said = await passesText(program, one, settings);
    if (typeof said === "object" && said !== null) return said;
    passed += said === 1 ? 1 : 0;
    if (said !== 1 && settings.credit === "all") return 0;
  }
  return passed / tests.cases.length;
}

async function passesText(
  program: string,
  { input, output }: TextCase,
  { python }: CodePartSettings,
): Promise<PartResult> {
  // What is cut in its middle could not be compared.
  const outputChars = Math.max(python.outputChars, Math.min(10_000_000, 2 * output.length + 1000));
  const { ending, stdout } = await runPython(program, { ...python, outputChars, stdin: input });
  if (ending.kind === "start") return { failed: ending.words };
  return ending.kind === "finished" && sameOutput(stdout, output) ? 1 : 0;
}

/** Passed is what came to its end and says so: a program that exits before its tests have run says nothing. */
async function passesPython(program: string, tests: string, { python }: CodePartSettings): Promise<PartResult> {
  const word = createHash("sha256").update(`${tests}\n${program}`).digest("hex");
  const code = `${program}\n\n${tests}\n\nprint()\nprint("${word}")\n`;
  const { ending, stdout } = await runPython(code, python);
  if (ending.kind === "start") return { failed: ending.words };
  return ending.kind === "finished" && stdout.trimEnd().endsWith(word) ? 1 : 0;
}
