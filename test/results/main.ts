/**
 * `npm run docs:results -- NAME RUN...`: what runs of one recipe came to, for docs/results: NAME.json (every step and evaluation) and
 * NAME.svg (reward of the training rollouts and held-out Pass@1).
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readJournal } from "../../src/run/journal.ts";
import { runLayout } from "../../src/run/layout.ts";
import type { MetricRecord } from "../../src/run/records.ts";
import { ROOT } from "../support/sources.ts";
import { type LearningCurve, learningPicture } from "./learning-picture.ts";

const [name, ...folders] = process.argv.slice(2);
if (name === undefined || folders.length === 0) {
  process.stderr.write("usage: npm run docs:results -- NAME RUN...\n");
  process.exitCode = 2;
} else {
  const curves = folders.map(curveOf);
  const folder = join(ROOT, "docs/results");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(curves, null, 1)}\n`);
  writeFileSync(join(folder, `${name}.svg`), learningPicture(curves));
}

function curveOf(folder: string): LearningCurve {
  const records = readJournal<MetricRecord>(runLayout(folder).metrics);
  const header = records.find((record) => record.kind === "header");
  return {
    seed: header?.seed ?? Number.NaN,
    steps: records.flatMap((record) => {
      if (record.kind !== "step") return [];
      const { reward, entropy, ledger } = record.figures;
      return {
        step: record.step,
        reward: reward.mean,
        correct: reward.correctShare,
        flatGroups: reward.flatGroupShare,
        entropy: entropy.policy,
        toolCalls: ledger.toolCalls,
        seconds: record.seconds.rollout + record.seconds.update,
      };
    }),
    evaluations: records.flatMap((record) => {
      if (record.kind !== "eval") return [];
      const { step, questions, samples, passAtK, formatShare } = record;
      return { step, questions, samples, passAtK, formatShare };
    }),
  };
}
