/**
 * `npm run test:resume`: kills a real `aepo train` (SIGKILL) at 10 moments, resumes it, and compares the final weights
 * with an uninterrupted run's, byte for byte. Every third kill waits for a checkpoint that is being written; the others
 * come at random times, in rollouts and updates. The last line on stdout is {"kills", "equal", ...}.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomStream } from "../../src/std/random.ts";

const KILLS = 10;
const STEPS = 4;
const SETTINGS = [
  `train.steps=${STEPS}`,
  "train.questionsPerStep=4",
  "algorithm.updates=4",
  "eval.questions=20",
  "eval.samples=1",
  "eval.k=[1]",
  "eval.every=2",
  "eval.progressQuestions=10",
];

interface Kill {
  readonly when: "random" | "write";
  readonly ms: number;
  readonly stepsDone: number;
  readonly halfWritten: boolean;
  readonly equal: boolean;
}

const root = mkdtempSync(join(tmpdir(), "aepo-resume-"));
const random = randomStream(20261123, "kills");

const started = performance.now();
const reference = join(root, "reference");
await finished(train(reference));
const wholeMs = performance.now() - started;
const expected = weightsDigest(reference);
say(`uninterrupted: ${(wholeMs / 1000).toFixed(1)} s, sha256 ${expected.slice(0, 16)}…`);

const kills: Kill[] = [];
for (let i = 0; i < KILLS; i++) {
  const kill = await killAndResume(join(root, `killed-${i}`), i % 3 === 2 ? "write" : "random");
  kills.push(kill);
  say(
    `kill ${i + 1}/${KILLS} (${kill.when}, ${(kill.ms / 1000).toFixed(1)} s, ${kill.stepsDone} checkpoints${kill.halfWritten ? ", one half-written" : ""}): ${kill.equal ? "equal" : "DIFFERENT"}`,
  );
}
rmSync(root, { recursive: true, force: true });
const equal = kills.filter((kill) => kill.equal).length;
const halfWritten = kills.filter((kill) => kill.halfWritten).length;
process.stdout.write(`${JSON.stringify({ kills: kills.length, equal, halfWritten, sha256: expected })}\n`);
process.exitCode = equal === KILLS ? 0 : 1;

async function killAndResume(folder: string, when: Kill["when"]): Promise<Kill> {
  const startMs = performance.now();
  const child = train(folder);
  const end = exited(child);
  await (when === "write" ? halfWrittenCheckpoint(folder, 1 + random.integer(STEPS - 1)) : sleep(moment()));
  child.kill("SIGKILL");
  const code = await end;
  if (code !== null) {
    if (code !== 0) throw new Error(`aepo ended with ${code} before it was killed`);
    // A machine that has become faster meanwhile: the run was over before its time.
    say("a run ended before it was killed: again");
    rmSync(folder, { recursive: true });
    return killAndResume(folder, when);
  }
  const ms = performance.now() - startMs;
  const checkpoints = join(folder, "checkpoints");
  const names = existsSync(checkpoints) ? readdirSync(checkpoints) : [];
  const halfWritten = names.some((name) => name.startsWith(".writing-"));
  if (existsSync(join(folder, "config.json"))) await finished(resume(folder));
  else await finished(train(folder));
  const stepsDone = names.filter((name) => name.startsWith("step-")).length;
  return { when, ms, stepsDone, halfWritten, equal: weightsDigest(folder) === expected };
}

/** A moment after the start-up and before the end. */
function moment(): number {
  return wholeMs * (0.25 + 0.65 * random.uniform());
}

async function halfWrittenCheckpoint(folder: string, afterCheckpoints: number): Promise<void> {
  const checkpoints = join(folder, "checkpoints");
  const deadline = performance.now() + 4 * wholeMs;
  while (performance.now() < deadline) {
    const names = existsSync(checkpoints) ? readdirSync(checkpoints) : [];
    const whole = names.filter((name) => name.startsWith("step-")).length;
    if (whole >= Math.min(2, afterCheckpoints) && names.some((name) => name.startsWith(".writing-"))) return;
    await sleep(0);
  }
}

function train(folder: string): ChildProcess {
  return aepo("train", "quickstart", "--set", ...SETTINGS, `run.folder=${folder}`);
}

function resume(folder: string): ChildProcess {
  return aepo("train", "--resume", folder);
}

function aepo(...args: readonly string[]): ChildProcess {
  const main = new URL("../../src/cli/main.ts", import.meta.url).pathname;
  return spawn(process.execPath, ["--import", "tsx", main, ...args], { stdio: ["ignore", "ignore", "pipe"] });
}

async function finished(child: ChildProcess): Promise<void> {
  let errors = "";
  child.stderr?.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const code = await exited(child);
  if (code !== 0) throw new Error(`aepo ended with ${code}:\n${errors.slice(-2000)}`);
}

/** Its code; null if it was killed. To be asked before it can have ended. */
function exited(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once("exit", (code) => resolve(code)));
}

function weightsDigest(folder: string): string {
  const name = `step-${String(STEPS).padStart(6, "0")}`;
  const bytes = readFileSync(join(folder, "checkpoints", name, "model.safetensors"));
  return createHash("sha256").update(bytes).digest("hex");
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
