import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { readRecords } from "../eval/evaluation-folder.ts";
import { suiteChoices } from "../eval/suites/list.ts";
import { type ApiRequest, fails, says, type ScriptedApi, scriptedApi } from "../eval/testing/scripted-api.ts";
import { systemClock } from "../std/clock.ts";
import { readConfig } from "./config-source.ts";
import { suiteEvaluationSchema } from "./suite-config.ts";
import { evaluateOnSuites, type SuiteEvaluation } from "./suite-evaluation.ts";

const root = mkdtempSync(join(tmpdir(), "aepo-suites-"));
afterAll(() => rmSync(root, { recursive: true }));
const rows = (...list: object[]): string => `${list.map((row) => JSON.stringify(row)).join("\n")}\n`;
writeFileSync(
  join(root, "bamboogle.jsonl"),
  rows(
    { question: "Capital of France?", answer: ["Paris"] },
    { question: "Capital of Italy?", answer: ["Rome", "Roma"] },
  ),
);
writeFileSync(
  join(root, "gaia.jsonl"),
  rows(
    { task_id: "g1", Question: "One?", Level: "1", "Final answer": "1", file_name: "" },
    { task_id: "g2", Question: "Two?", Level: "2", "Final answer": "2", file_name: "" },
    { task_id: "g3", Question: "What is in the picture?", Level: "1", "Final answer": "3", file_name: "g3.png" },
  ),
);

let api: ScriptedApi | undefined;
afterEach(async () => {
  await api?.close();
  api = undefined;
});

async function evaluate(
  name: string,
  suites: readonly string[],
  overrides: readonly string[],
  url?: string,
): Promise<SuiteEvaluation> {
  const config = readConfig({ name: "eval", text: "{}", overrides }, suiteEvaluationSchema);
  return evaluateOnSuites({
    model: url ?? api?.url ?? "",
    suites: suiteChoices(suites),
    data: root,
    folder: join(root, "out", name),
    config,
    agent: null,
    apiKey: null,
    clock: systemClock,
    signal: new AbortController().signal,
  });
}

/** Knows France; of Italy it is right every other time it is asked. */
async function geographer(): Promise<ScriptedApi> {
  let italy = 0;
  return (api = await scriptedApi(({ body }: ApiRequest) => {
    const asked = String(body.messages.at(-1).content);
    if (asked.includes("France")) return says("It is \\boxed{Paris}.");
    if (asked.includes("Italy")) return says(italy++ % 2 === 0 ? "\\boxed{Roma}" : "\\boxed{Milan of old Roma}");
    return says("\\boxed{1}");
  }));
}
const ONE_AT_A_TIME = ["server.model=m", "server.concurrency=1"];

it("a server on suites: scores, levels, cost, notes; all of it again from the folder", async () => {
  await geographer();
  const settings = [...ONE_AT_A_TIME, "eval.samples=2", "eval.k=[1,2]", "server.price={input: 1, output: 10}"];
  const { result, records } = await evaluate("whole", ["bamboogle", "gaia"], [...settings, "eval.metric=exact"]);
  const [bamboogle, gaia] = result.suites;
  expect(bamboogle).toMatchObject({ title: "Bamboogle", metric: "exact", of: 2, all: { questions: 2, attempts: 4 } });
  // France 1, Italy 1/2; of two attempts at Italy one is right.
  expect(bamboogle?.all.atK.map(({ pass, avg }) => [pass?.value, avg?.value])).toEqual([
    [0.75, 0.75],
    [1, 0.75],
  ]);
  // Two requests of 10 and 3 tokens a question: 2 · (10 · 1 + 3 · 10) / 1e6.
  expect(bamboogle?.all.perAttempt.costPerQuestion).toBeCloseTo(80e-6, 12);
  expect(gaia?.levels.map(({ level, atK }) => [level, atK[0]?.pass?.value])).toEqual([
    ["1", 1],
    ["2", 0],
  ]);
  expect(gaia?.metricNote).toBe("instead of the suite's own metric, judge: not comparable with published figures");
  expect(readRecords(join(root, "out", "whole"))).toEqual(records);
  const asked = api?.requests.length;
  // Nothing is asked again, other figures may be.
  const again = await evaluate("whole", ["bamboogle", "gaia"], [...settings, "eval.metric=exact", "eval.k=[2]"]);
  expect(api?.requests.length).toBe(asked);
  expect(again.records).toEqual(records);
  expect(again.result.k).toEqual([2]);
});

it("token F1 where the paper uses it: credit for a part, none for Pass", async () => {
  await geographer();
  const { result } = await evaluate("f1", ["bamboogle"], [...ONE_AT_A_TIME, "eval.samples=2"]);
  const [suite] = result.suites;
  // "milan of old roma" and "roma": precision 1/4, recall 1: F1 2/5; mean of 1, 1, 1, 0.4.
  expect(suite?.all.atK[0]?.avg?.value).toBeCloseTo(0.85, 12);
  expect(suite?.all.atK[0]?.pass?.value).toBe(0.75);
  expect(suite).toMatchObject({ metric: "f1", metricNote: null });
});

it("a server that dies half-way: what failed is no wrong answer, and is asked again", async () => {
  api = await scriptedApi(({ body }) =>
    String(body.messages.at(-1).content).includes("Italy") ? fails(500) : says("Paris"),
  );
  const settings = ["server.model=m", "server.retries=0"];
  const first = await evaluate("dying", ["bamboogle"], settings);
  expect(first.result.suites[0]?.all).toMatchObject({ right: 1, errors: { failed: 1, "wrong answer": 0 } });
  expect(first.result.suites[0]?.all.atK[0]).toMatchObject({ questions: 1, pass: { value: 1 } });
  const { url } = api;
  await api.close();
  await geographer();
  // The address is a part of the evaluation; here the new server stands for the old one.
  const settingsFile = join(root, "out", "dying", "eval.json");
  writeFileSync(settingsFile, readFileSync(settingsFile, "utf8").replace(url, api?.url ?? ""));
  const second = await evaluate("dying", ["bamboogle"], settings);
  expect(second.result.suites[0]?.all).toMatchObject({ right: 2, questions: 2, errors: { failed: 0 } });
  expect(api?.requests).toHaveLength(1);
});

describe("settings that contradict each other or do nothing", () => {
  const schemaError = (text: string): RegExp => new RegExp(text.replaceAll(/[.()[\]]/g, "\\$&"));
  it.each([
    [["policy.threads=1"], "policy: has no effect on a model server: it has its own\n  to fix: leave policy out"],
    [
      ["eval.together=3"],
      "eval.together: has no effect on a model server (server.concurrency has)\n  to fix: leave eval.together out",
    ],
    [
      ["eval.shaping={topK: 5}"],
      "eval.shaping: has no effect on a model server: chat APIs know topP alone, not top-k 5\n  to fix: leave eval.shaping out",
    ],
    [
      ["limits.calls=5"],
      "limits.calls: has no effect on questions without tools (--recipe gives some)\n  to fix: leave limits.calls out",
    ],
    [["eval.samples=2", "eval.k=[1,3]"], "--set eval.k=[1,3]: eval.k: every k must be at most the number of samples"],
    [["eval.metrics=exact"], '--set eval.metrics=exact: unknown key "eval.metrics"'],
  ])("%j", async (overrides, message) => {
    await expect(evaluate("none", ["bamboogle"], overrides, "http://127.0.0.1:1")).rejects.toThrow(
      schemaError(message),
    );
  });

  it("server settings of a model in this process", async () => {
    await expect(evaluate("none", ["bamboogle"], ["server.model=m"], "model.gguf")).rejects.toThrow(
      "server: has no effect on a model in this process\n  to fix: leave server out",
    );
  });

  it("one file for several suites", async () => {
    const file = join(root, "gaia.jsonl");
    await expect(evaluate("none", [`gaia=${file}`, `bamboogle=${file}`], [])).rejects.toThrow(
      /gaia\.jsonl would be read for several suites\n {2}to fix: give a folder \(--data FOLDER\), or a file for each: --suite NAME=FILE$/,
    );
  });

  it("a suite that is to be judged and has no judge, a judge that has nothing to judge", async () => {
    await expect(evaluate("none", ["gaia", "bamboogle"], [], "http://127.0.0.1:1")).rejects.toThrow(
      "GAIA: scored by a judge model, and no judge is set\n  expected: judge.model and, of a server that is not OpenAI's, judge.baseURL\n  to fix: --set judge.model=NAME judge.baseURL=http://…/v1, or another metric: --metric exact or --metric f1 (the report says so)",
    );
    await expect(evaluate("none", ["bamboogle"], ["judge.model=m"], "http://127.0.0.1:1")).rejects.toThrow(
      "judge: has no effect, no suite is scored by a judge\n  to fix: leave judge out, or ask for it: --metric judge",
    );
  });
});

it("a judge is asked about what is no exact match, and its failures are no wrong answers", async () => {
  await geographer();
  let asked = 0;
  const judge = await scriptedApi(() => (asked++ === 0 ? says("Incorrect") : fails(500)));
  const { result } = await evaluate(
    "judged",
    ["gaia"],
    [...ONE_AT_A_TIME, "eval.samples=1", `judge={model: j, baseURL: ${judge.url}/v1, retries: 0}`],
  ).finally(() => judge.close());
  expect(result.suites[0]).toMatchObject({ metric: "judge", metricNote: "judged by j" });
  // The first answer is the accepted one, the second is not, and the judge says so.
  expect(result.suites[0]?.all).toMatchObject({ right: 1, errors: { "wrong answer": 1, unjudged: 0 } });
});

it("every setting is described", () => {
  const schema = z.toJSONSchema(suiteEvaluationSchema, { io: "input", unrepresentable: "any" });
  const undescribed: string[] = [];
  const visit = (node: Record<string, unknown>, path: string): void => {
    const properties = node["properties"] as Record<string, Record<string, unknown>> | undefined;
    if (properties === undefined && typeof node["description"] !== "string") undescribed.push(path);
    for (const [name, child] of Object.entries(properties ?? {})) visit(child, `${path}.${name}`);
  };
  visit(schema, "");
  expect(undescribed.filter((path) => path !== ".seed")).toEqual([]);
});
