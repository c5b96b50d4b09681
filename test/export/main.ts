/**
 * `npm run test:export`: what was trained here, exported, is the same model to transformers, peft and llama.cpp: the same greedy
 * tokens, log-probabilities within 1e-3 (of f16 and q8_0: of the same rounded weights). Trains a real model for two steps where one is beside the repository (a tiny one
 * elsewhere). Programs that are not installed are skipped. The last line on stdout is JSON.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findPython, howToInstall } from "../../bench/peers/python.ts";
import { exportModel } from "../../src/export/export-model.ts";
import { REAL_MODEL } from "../../src/models/gguf/testing/real-model.ts";
import { EXPORT_FORMATS, type ExportFormat } from "../../src/models/gguf/write-gguf.ts";
import {
  type Answers,
  compare,
  type Comparison,
  isSame,
  ourAnswers,
  type Questions,
  questionsFor,
  worstDifference,
} from "./answers.ts";
import { howToInstallLlamaCpp, type LlamaCpp, llamaCppAnswers, openLlamaCpp } from "./llama-cpp.ts";
import { writeTinyModel } from "../support/tiny-model.ts";
import { trained } from "./trained.ts";
import { transformersAnswers } from "./transformers.ts";

interface FileComparison extends Comparison {
  /** With our engine on the same file. */
  readonly onSameFile: Comparison;
  /** Our engine on the file, llama.cpp on a float32 file of the same weights: without its rounding of activations. */
  readonly inFloat32: Comparison;
}

const PACKAGES = ["torch", "transformers", "peft"];
/** Training that moved no log-probability by this much would leave nothing to compare. */
const MOVED = 1e-2;

const python = findPython(PACKAGES);
if (python === undefined) say(howToInstall("transformers and peft", "test:export", PACKAGES));
const llama = await openLlamaCpp();
if (llama === undefined) say(howToInstallLlamaCpp());

const root = mkdtempSync(join(tmpdir(), "aepo-test-export-"));
const counts = { passed: 0, failed: 0, skipped: 0 };
try {
  const results = await run();
  process.stdout.write(`${JSON.stringify({ ...results, ...counts })}\n`);
} finally {
  rmSync(root, { recursive: true, force: true });
  await llama?.dispose();
}
process.exitCode = counts.failed === 0 ? 0 : 1;

async function run(): Promise<object> {
  const isReal = existsSync(REAL_MODEL);
  const from = isReal ? REAL_MODEL : writeTinyModel(join(root, "tiny"));
  say(`model: ${from}`);
  const questions = await questionsFor(from);
  const before = await ourAnswers(from, questions);

  say("training all weights");
  const sizes = { from, tokens: isReal ? 192 : 96 };
  const full = await trained({ ...sizes, out: join(root, "full"), learningRate: isReal ? 1e-4 : 1e-2 });
  const ofFull = await ourAnswers(full, questions);
  checkMoved(before, ofFull);
  say("training adapters");
  const lora = await trained({
    ...sizes,
    out: join(root, "lora"),
    lora: { rank: 8 },
    learningRate: isReal ? 2e-3 : 2e-2,
  });
  const ofLora = await ourAnswers(lora, questions);
  checkMoved(before, ofLora);

  const hf = await exported(full, "hf", "full-hf");
  const base = await exported(from, "hf", "base-hf");
  const adapters = await exported(lora, "lora", "adapters");
  const ask = (folder: string, beside: string | null, ours: Answers): Comparison | null =>
    python === undefined ? null : compare(ours, transformersAnswers(python, folder, beside, questions));
  const ofPython = {
    transformers: counted("transformers", ask(hf, null, ofFull)),
    peft: counted("peft", ask(base, adapters, ofLora)),
  };
  const llamaCpp: Record<string, FileComparison | null> = {};
  for (const format of EXPORT_FORMATS) {
    const file = await exported(full, "gguf", `full-${format}.gguf`, format);
    const found = llama === undefined ? null : await compareFile(ofFull, llama, file, questions);
    llamaCpp[format] = counted(`llama.cpp ${format}`, found, judgement(format, isReal));
    rmSync(file);
  }
  return { model: isReal ? "real" : "tiny", ...ofPython, llamaCpp };
}

/** With what was trained, and, to tell a format's rounding from llama.cpp's arithmetic, with our engine on the same weights. */
async function compareFile(
  ours: Answers,
  program: LlamaCpp,
  file: string,
  questions: Questions,
): Promise<FileComparison> {
  const theirs = await llamaCppAnswers(program, file, questions);
  const oursOnFile = await ourAnswers(file, questions);
  const plain = await exported(file, "gguf", "same-weights-f32.gguf", "f32");
  const inFloat32 = compare(oursOnFile, await llamaCppAnswers(program, plain, questions));
  rmSync(plain);
  return { ...compare(ours, theirs), onSameFile: compare(oursOnFile, theirs), inFloat32 };
}

async function exported(
  model: string,
  to: "hf" | "gguf" | "lora",
  name: string,
  format: ExportFormat = "f32",
): Promise<string> {
  const out = join(root, name);
  await exportModel({ model, to, out, format });
  return out;
}

/** What a comparison has to show. */
type Judgement = (found: FileComparison) => boolean;

/**
 * f32 is what was trained. f16 and q8_0 are that rounded, and the rounding alone moves log-probabilities by more than 1e-3: the file's
 * weights have to say the same here and there. llama.cpp's products of such matrices round the activations too, on some processors
 * (not with AMX), so that it is asked with the same weights in float32. f16 of a trained model keeps the greedy tokens besides.
 */
function judgement(format: ExportFormat, isReal: boolean): Judgement {
  if (format === "f32") return isSame;
  const keepsTokens = format === "f16" && isReal;
  return (found) =>
    isSame(found.inFloat32) && Number.isFinite(found.worstLogprob) && (!keepsTokens || found.greedyEqual);
}

function counted<T extends Comparison>(
  name: string,
  found: T | null,
  passes: (found: T) => boolean = isSame,
): T | null {
  const outcome = found === null ? "skipped" : passes(found) ? "passed" : "failed";
  counts[outcome]++;
  say(`${name}: ${outcome}${found === null ? "" : ` ${JSON.stringify(found)}`}`);
  return found;
}

function checkMoved(before: Answers, after: Answers): void {
  const moved = worstDifference(before.logprobs, after.logprobs);
  say(`  largest change of a log-probability: ${moved.toFixed(3)}`);
  if (!(moved > MOVED) || moved === Infinity) throw new Error(`training changed log-probabilities by ${moved}`);
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
