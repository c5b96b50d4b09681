import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import type { QuestionRecord } from "./attempt-record.ts";
import { evaluationLayout, openEvaluationFolder, readRecords } from "./evaluation-folder.ts";
import { runSuites, type SuiteRun } from "./run-suites.ts";
import type { Solver } from "./solver.ts";
import { smallSolver, smallWork } from "./testing/small-suite.ts";

const root = mkdtempSync(join(tmpdir(), "aepo-eval-"));
afterAll(() => rmSync(root, { recursive: true }));

const SAMPLES = 3;

async function run(name: string, changes: Partial<SuiteRun> = {}): Promise<QuestionRecord[]> {
  const folder = openEvaluationFolder(join(root, name), { samples: SAMPLES });
  const works = [smallWork(7), smallWork(4, {}, "other")];
  const signal = new AbortController().signal;
  const asked = { works, solver: smallSolver(3), samples: SAMPLES, folder, signal, ...changes };
  return runSuites(asked).finally(() => folder.close());
}

it("asks all questions of all suites and keeps every attempt", async () => {
  const records = await run("whole");
  expect(records.map(({ suite, id }) => `${suite} ${id}`)).toEqual([
    ...Array.from({ length: 7 }, (_, i) => `small small/${i}`),
    ...Array.from({ length: 4 }, (_, i) => `other small/${i}`),
  ]);
  expect(records.every(({ attempts }) => attempts.length === SAMPLES)).toBe(true);
  expect(readRecords(join(root, "whole"))).toEqual(records);
  const attempts = records.flatMap((record) => record.attempts);
  expect(new Set(attempts.map(({ error }) => error))).toEqual(new Set([null, "wrong answer", "wrong format"]));
  for (const { error, correct, score, vote } of attempts) {
    expect([correct, score]).toEqual(error === null ? [true, 1] : [false, 0]);
    expect(vote).toBe(error === null ? "y" : error === "wrong answer" ? "x" : null);
  }
});

it.each([1, 2, 5])("killed after %d questions, it goes on to the same result", async (questions) => {
  const whole = await run("whole");
  const name = `killed-${questions}`;
  const stop = new AbortController();
  let seen = 0;
  const onQuestion = (): void => {
    if (++seen === questions) stop.abort(new Error("killed"));
  };
  await expect(run(name, { signal: stop.signal, onQuestion })).rejects.toThrow("killed");
  const { journal } = evaluationLayout(join(root, name));
  // As a kill leaves it: in the middle of a lot, and of a line.
  const lines = readFileSync(journal, "utf8").split("\n").slice(0, questions);
  writeFileSync(journal, `${lines.join("\n")}\n`);
  appendFileSync(journal, '{"suite":"small","id":"sma');
  const resumed: [number, number][] = [];
  const records = await run(name, { onQuestion: (_, done, of) => resumed.push([done, of]) });
  expect(records).toEqual(whole);
  expect(readRecords(join(root, name))).toHaveLength(11);
  expect(resumed.filter(([done]) => done === 0)).toHaveLength(questions);
  expect(resumed.at(-1)).toEqual([11, 11]);
});

it("what is finished is not asked again", async () => {
  await run("twice");
  const before = readFileSync(evaluationLayout(join(root, "twice")).journal, "utf8");
  const solver: Solver = { ...smallSolver(3), solve: () => Promise.reject(new Error("asked again")) };
  await run("twice", { solver });
  expect(readFileSync(evaluationLayout(join(root, "twice")).journal, "utf8")).toBe(before);
});

it("a question that could not be judged is asked again, and its last record counts", async () => {
  const solver = smallSolver(1);
  const failing: Solver = {
    ...solver,
    solve: async (...given) => {
      const solved = await solver.solve(...given);
      const failed = { turns: [], answer: null, end: "failed" as const, why: "HTTP 500", reward: null };
      return solved.map((paths) => paths.map((path, i) => (i === 1 ? { ...failed, tokens: path.tokens } : path)));
    },
  };
  const first = await run("failed", { solver: failing });
  expect(first[0]?.attempts[1]).toMatchObject({ error: "failed", score: null, correct: false, vote: null });
  expect(await run("failed")).toEqual(await run("whole"));
});

it("the first error ends it, and what was finished stays", async () => {
  const solver = smallSolver(3);
  let lots = 0;
  const breaking: Solver = {
    ...solver,
    solve: (...given) => (++lots === 3 ? Promise.reject(new Error("the engine is lost")) : solver.solve(...given)),
  };
  await expect(run("broken", { solver: breaking })).rejects.toThrow("the engine is lost");
  expect(readRecords(join(root, "broken"))).toHaveLength(6);
});

it("another evaluation does not go on in the same folder", async () => {
  await run("settled");
  expect(() => openEvaluationFolder(join(root, "settled"), { samples: 4 })).toThrow(
    /holds another evaluation: samples is 3 there, 4 here\n {2}to fix: give the settings that it was started with, or another --out$/,
  );
});

it("two processes do not evaluate in one folder at a time", async () => {
  const folder = openEvaluationFolder(join(root, "held"), { samples: SAMPLES });
  await expect(run("held")).rejects.toThrow(
    /^process \d+ on .+ evaluates in .+held just now\n {2}to fix: wait for it or end it, or give another --out; if it is gone, remove .+claim\.0$/,
  );
  folder.close();
  expect(await run("held")).toHaveLength(11);
});
