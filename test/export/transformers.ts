/** Asks transformers and peft, in a Python that has them. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Answers, NEW_TOKENS, type Questions } from "./answers.ts";

const SCRIPT = fileURLToPath(new URL("load.py", import.meta.url));

export function transformersAnswers(
  python: string,
  folder: string,
  adapters: string | null,
  questions: Questions,
): Answers {
  const input = JSON.stringify({ folder, adapters, newTokens: NEW_TOKENS, ...questions });
  const { status, stdout, stderr } = spawnSync(python, [SCRIPT], { input, encoding: "utf8" });
  if (status !== 0) throw new Error(`load.py ended with ${String(status)}:\n${stderr.slice(-2000)}`);
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Answers;
}
