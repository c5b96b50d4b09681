/**
 * recipes/paper: each is planned at the published sizes of its model, and dry-run: one step of its own algorithm, reward, tools and
 * prompts, with small numbers, on a model of its family that writes calls by chance, answered from recorded tool traffic without key
 * or network. What is recorded is real: python in the sandbox, and searches through Bright Data's protocol from a local server.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { openAgentTask } from "../src/agent/open-agent.ts";
import { recipeSource } from "../src/cli/options.ts";
import { evaluationLayout } from "../src/eval/evaluation-folder.ts";
import { suiteChoices } from "../src/eval/suites/list.ts";
import { taskAgent } from "../src/eval/task-agent.ts";
import { says, type ScriptedApi, scriptedApi } from "../src/eval/testing/scripted-api.ts";
import { writeEvaluation } from "../src/report/suites/write-evaluation.ts";
import type { StepRecord } from "../src/run/records.ts";
import { makeFolder } from "../src/run/make-folder.ts";
import { systemClock } from "../src/std/clock.ts";
import { findProgram } from "../src/toolbox/find-program.ts";
import { dataRecipeSchema, recipeSchema } from "../src/train/config.ts";
import { readConfig } from "../src/train/config-source.ts";
import { type Plan, planRecipe } from "../src/train/plan/plan.ts";
import { policySchema } from "../src/train/policy-options.ts";
import { suiteEvaluationSchema } from "../src/train/suite-config.ts";
import { evaluateOnSuites } from "../src/train/suite-evaluation.ts";
import { openTask, taskSchema, withTask } from "../src/train/tasks.ts";
import { train } from "../src/train/train.ts";
import { type Family, type Odds, writePhraseModel } from "./support/phrase-model.ts";

const signal = new AbortController().signal;
const place = mkdtempSync(join(tmpdir(), "aepo-paper-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));

/** Family, and the parameters of the published model with its config.json's sizes. */
const RECIPES: Readonly<Record<string, readonly [family: Family, published: string, parameters: number]>> = {
  "deep-search-qwen3-14b": ["qwen3", "Qwen3-14B", 14_768_307_200],
  "deep-search-qwen3-14b-released": ["qwen3", "Qwen3-14B", 14_768_307_200],
  "deep-search-qwen3-8b": ["qwen3", "Qwen3-8B", 8_190_735_360],
  "reasoning-qwen2.5-7b": ["qwen2", "Qwen2.5-7B", 7_615_616_512],
  "reasoning-qwen2.5-3b": ["qwen2", "Qwen2.5-3B", 3_085_938_688],
  "reasoning-llama3.1-8b": ["llama3", "Llama-3.1-8B", 8_030_261_248],
};
const NAMES = Object.keys(RECIPES);

/** [layers, width, feed-forward, heads, key/value heads, vocabulary, tied]. */
const SIZES: Readonly<Record<string, readonly [number, number, number, number, number, number, boolean]>> = {
  "Qwen3-14B": [40, 5120, 17408, 40, 8, 151936, false],
  "Qwen3-8B": [36, 4096, 12288, 32, 8, 151936, false],
  "Qwen2.5-7B": [28, 3584, 18944, 28, 4, 152064, false],
  "Qwen2.5-3B": [36, 2048, 11008, 16, 2, 151936, true],
  "Llama-3.1-8B": [32, 4096, 14336, 32, 8, 128256, false],
};

const QUERIES = ["capital of Norway", "largest city of Norway"];
const PROGRAMS = ["6 * 7", "print('Oslo'.upper())"];
const THOUGHTS = [
  "<think> Somebody knows. </think>\n",
  "<think> It can be computed. </think>\n",
  "<think> So it is. </think>\n",
];
const [ask = "", compute = "", conclude = ""] = THOUGHTS;
const answer = (text: string): string => ` <answer> The final answer is \\[ \\boxed{${text}} \\] </answer>`;
const broken = " <search> who knows </python>";
/** A prompt and a result both end with a line's end. One path in ten or so breaks the format. */
const ODDS: Odds = {
  "\n": { [ask]: 3, [compute]: 3, [conclude]: 2, [broken]: 0.5 },
  [ask]: Object.fromEntries(QUERIES.map((query) => [` <search> ${query} </search>`, 1])),
  [compute]: { [` <python> ${PROGRAMS[0]} </python>`]: 3, [` <python> ${PROGRAMS[1]} </python>`]: 1 },
  [conclude]: { [answer("Oslo")]: 1, [answer("42")]: 1 },
};

/** As the files of the papers have them, the broken \boxed of their prompts included. */
function row(question: string, truth: string, index: number, ability: string): string {
  const system =
    "Think in <think>, ask with <search> or <python>, read <result>, end with <answer> \boxed{answer here} </answer>.";
  return JSON.stringify({
    data_source: "DR_sample",
    prompt: [
      { role: "system", content: system },
      { role: "user", content: question },
    ],
    ability,
    reward_model: { ground_truth: truth },
    extra_info: { index, question, split: "train" },
    metadata: null,
  });
}

function write(name: string, rows: readonly string[]): string {
  writeFileSync(join(place, name), `${rows.join("\n")}\n`);
  return join(place, name);
}
const trainFile = write("train.jsonl", [
  row("What is the capital of Norway?", "Oslo", 0, "qa"),
  row("What is 6 times 7?", "42", 1, "math"),
  row("Which city is Norway's largest?", "Oslo", 2, "qa"),
]);
const testFile = write("test.jsonl", [row("Where does Norway's parliament sit?", "Oslo", 9, "qa")]);
const traffic = join(place, "traffic.jsonl");

const EVALUATION = "evaluation";
const overDataOf = (name: string): string[] => [
  `task.data.train.0.file=${trainFile}`,
  ...(name === EVALUATION ? [] : [`task.data.test=[{file: ${testFile}}]`]),
  `task.around.search.cache.file=${join(place, `${name}-cache.jsonl`)}`,
];
const source = (name: string, set: readonly string[]) => recipeSource(`paper/${name}`, { set });

function plan(name: string, set: readonly string[]): Promise<Plan> {
  const { task, ...config } = readConfig(source(name, [...overDataOf(name), ...set]), recipeSchema);
  const embedded = { ...config, policy: policySchema.parse(config.policy) };
  const opening = { signal, seed: config.seed, purpose: "plan" as const, onWarning: () => undefined };
  const options = { probeSeconds: null, clock: systemClock, signal, onNotice: () => undefined };
  return withTask(task, opening, (opened) => planRecipe({ kind: "train", task: opened, config: embedded }, options));
}

const evaluationTask = (set: readonly string[]) =>
  readConfig(source(EVALUATION, [...overDataOf(EVALUATION), ...set]), z.looseObject({ task: taskSchema })).task;

it("there is a test for each of recipes/paper", () => {
  const files = readdirSync("recipes/paper").map((file) => file.replace(/\.yaml$/, ""));
  expect(files.toSorted()).toEqual([...NAMES, EVALUATION, "cold-start-qwen2.5-7b"].toSorted());
});

describe("the plan at the published sizes needs no key, no server and no weights", () => {
  const published = (model: string): string => {
    const [
      num_hidden_layers,
      hidden_size,
      intermediate_size,
      num_attention_heads,
      num_key_value_heads,
      vocab_size,
      tied,
    ] = SIZES[model] ?? [0, 0, 0, 0, 0, 0, false];
    const family = Object.values(RECIPES).find(([, name]) => name === model)?.[0] ?? "";
    const tiny: object = JSON.parse(readFileSync(`golden/tiny-models/${family}/config.json`, "utf8"));
    const heads = { num_attention_heads, num_key_value_heads, head_dim: 128 };
    const sizes = { num_hidden_layers, hidden_size, intermediate_size, vocab_size, max_position_embeddings: 32768 };
    const folder = join(place, model);
    makeFolder(folder);
    writeFileSync(
      join(folder, "config.json"),
      JSON.stringify({ ...tiny, ...heads, ...sizes, tie_word_embeddings: tied }),
    );
    return folder;
  };

  it.each(NAMES)("%s", async (name) => {
    vi.stubEnv("BRIGHTDATA_API_KEY", undefined);
    const [, model, parameters] = RECIPES[name] ?? ["qwen3", "", 0];
    // Short micro-batches: at the recipe's own, counting what they take is most of a minute.
    const short = ["policy.microBatchTokens=512", "task.limits.tokens=512"];
    const set = [`policy.checkpoint=${published(model)}`, "policy.memoryGiB=8", ...short];
    const { parameters: parts, memory, missing, checkpointBytes } = await plan(name, set);
    expect(missing).toMatch(/has no weights yet$/);
    expect(parts.reduce((sum, part) => sum + part.parameters, 0)).toBe(parameters);
    expect(checkpointBytes).toBe(12 * parameters);
    // Weights, gradients and two moments in float32 alone: it says so instead of starting.
    expect(memory.fits).toBe(false);
    expect(memory.moments[0]?.bytes).toBeGreaterThan(16 * parameters);
    vi.unstubAllEnvs();
  });
});

it("sizes are those of the paper and of its scripts", () => {
  const facts = NAMES.map((name) => {
    const { task, algorithm, train: steps } = readConfig(source(name, []), recipeSchema);
    const limits = task.name === "agent" ? task.limits : null;
    return [
      name,
      steps.questionsPerStep,
      algorithm.groupSize,
      algorithm.updates,
      steps.steps,
      limits?.tokens,
      limits?.calls,
    ];
  });
  // Steps: 5 epochs of 1,071 questions, 2 of 9,999 (reference-code C.1, C.3).
  expect(facts).toEqual([
    ["deep-search-qwen3-14b", 128, 16, 8, 5 * Math.floor(1071 / 128), 2000 + 8192, 6],
    ["deep-search-qwen3-14b-released", 64, 12, 8, 5 * Math.floor(1071 / 64), 2000 + 6192, 6],
    ["deep-search-qwen3-8b", 128, 16, 8, 5 * Math.floor(1071 / 128), 2000 + 8192, 6],
    ["reasoning-qwen2.5-7b", 128, 16, 8, 2 * Math.floor(9999 / 128), 1536 + 4096, 6],
    ["reasoning-qwen2.5-3b", 128, 16, 8, 2 * Math.floor(9999 / 128), 1536 + 4096, 6],
    ["reasoning-llama3.1-8b", 128, 16, 8, 2 * Math.floor(9999 / 128), 1536 + 4096, 6],
  ]);
});

it("without the key a run is refused before its first step, and says which", async () => {
  vi.stubEnv("BRIGHTDATA_API_KEY", undefined);
  const { task } = readConfig(source("deep-search-qwen3-14b", overDataOf("keyless")), recipeSchema);
  await expect(openTask(task, { signal, seed: 1, purpose: "train", onWarning: () => undefined })).rejects.toThrow(
    /BRIGHTDATA_API_KEY/,
  );
  vi.unstubAllEnvs();
});

it("the cold start is that of the scripts", () => {
  const { sft, optimizer, data } = readConfig(source("cold-start-qwen2.5-7b", []), dataRecipeSchema);
  expect([sft.epochs, sft.batch, optimizer.learningRate, data.maxTokens]).toEqual([3, 16, 7e-6, 15_000]);
});

const hasSandbox = findProgram("bwrap") !== null;

describe.skipIf(!hasSandbox)("dry run on recorded traffic (skipped where bubblewrap is missing)", () => {
  let engine: ScriptedApi | undefined;
  beforeAll(async () => {
    engine = await scriptedApi(({ body }) => {
      const query = new URL(String(body.url)).searchParams.get("q");
      return { organic: [{ title: "Oslo", link: "http://o", description: `${query}: Oslo, with 700,000 people.` }] };
    });
    vi.stubEnv("AEPO_TEST_SERP_KEY", "local-key");
    const set = [
      ...overDataOf("recorded"),
      `task.tools.search.baseUrl=${engine.url}`,
      "task.tools.search.keyEnv=AEPO_TEST_SERP_KEY",
      `task.traffic={mode: record, file: ${traffic}}`,
    ];
    const { task } = readConfig(source("deep-search-qwen3-14b", set), recipeSchema);
    if (task.name !== "agent") throw new Error("not an agent");
    const { task: agent, close } = await openAgentTask(task, {
      signal,
      seed: 1,
      purpose: "train",
      onWarning: () => undefined,
    });
    for (const [name, inputs] of [
      ["search", QUERIES],
      ["python", PROGRAMS],
    ] as const) {
      const tool = agent.tools.find((one) => one.name === name);
      for (const text of inputs) {
        const input: unknown = name === "search" ? { query: text } : { code: text };
        await tool?.execute(input, { state: {}, call: 0, signal });
      }
    }
    await close();
    expect(engine.requests.map(({ path, authorization }) => [path, authorization])).toEqual(
      QUERIES.map(() => ["/request", "Bearer local-key"]),
    );
    await engine.close();
    vi.unstubAllEnvs();
  }, 120_000);

  const replayed = `task.traffic={mode: replay, file: ${traffic}, match: call}`;

  it("what was recorded is what the tools said", () => {
    const lines = readFileSync(traffic, "utf8").trimEnd().split("\n");
    const said = lines.slice(1).map((line) => (JSON.parse(line) as { text: string }).text);
    expect(said).toEqual([...QUERIES.map((query) => `Page 1: ${query}: Oslo, with 700,000 people.`), "42", "OSLO"]);
  });

  it.each(NAMES)(
    "%s: plan, and a step of training",
    async (name) => {
      const [family] = RECIPES[name] ?? ["qwen3"];
      const checkpoint = writePhraseModel(join(place, `${name}-model`), family, ODDS);
      const folder = join(place, `${name}-run`);
      const set = [
        `policy.checkpoint=${checkpoint}`,
        "policy.microBatchTokens=2048",
        "policy.slots=8",
        "policy.cacheTokens=8192",
        "task.limits.tokens=2048",
        "algorithm.groupSize=6",
        "algorithm.updates=2",
        "train.questionsPerStep=3",
        "train.steps=1",
        "eval.questions=1",
        "eval.progressQuestions=1",
        `run.folder=${folder}`,
        replayed,
      ];
      const { memory, missing } = await plan(name, set);
      expect([memory.fits, missing]).toEqual([true, null]);

      vi.stubEnv("BRIGHTDATA_API_KEY", undefined);
      const resolved = readConfig(source(name, [...overDataOf(name), ...set]), recipeSchema);
      const { task, ...config } = resolved;
      const warnings: string[] = [];
      const opening = {
        signal,
        seed: config.seed,
        purpose: "train" as const,
        checkpoint,
        onWarning: (text: string) => warnings.push(text),
      };
      await withTask(task, opening, (opened) => train({ task: opened, config, resolved, signal }));
      vi.unstubAllEnvs();
      expect(warnings.join("\n")).toMatch(/boxed/);

      const trees = readFileSync(join(folder, "rollouts.jsonl"), "utf8");
      expect(trees).toContain("Page 1: capital of Norway: Oslo");
      const lines = readFileSync(join(folder, "metrics.jsonl"), "utf8").trimEnd().split("\n");
      const step = lines.map((line) => JSON.parse(line) as StepRecord).find(({ kind }) => kind === "step");
      const { branch, ledger, reward } = step?.figures ?? {};
      expect([step?.updates, step?.skippedUpdates, reward?.groups]).toEqual([2, 0, 3]);
      expect(reward?.std).toBeGreaterThan(0);
      expect(branch?.branches).toBeGreaterThan(0);
      expect(ledger?.toolCalls).toBeGreaterThan(10);
      // Every call was answered by the record.
      const told = Object.entries(step?.tools ?? {}).toSorted(([a], [b]) => a.localeCompare(b));
      expect(told.map(([name, { calls, replayed: again }]) => [name, again === calls])).toEqual([
        ["python", true],
        ["search", true],
      ]);
      const weights = (path: string): string => readFileSync(join(path, "model.safetensors"), "latin1");
      expect(weights(join(folder, "checkpoints", "step-000001"))).not.toBe(weights(checkpoint));
    },
    240_000,
  );

  it("evaluation.yaml: GAIA, HLE and WebWalkerQA at Pass@1, 3, 5, judged, beside the paper's figures", async () => {
    const rows: Readonly<Record<string, object>> = {
      gaia: { task_id: "1", Question: "Capital of Norway?", Level: "1", "Final answer": "Oslo", file_name: "" },
      hle: { id: "1", question: "6 times 7?", image: "", answer: "42", answer_type: "exactMatch", category: "Math" },
      webwalkerqa: { question: "Largest city of Norway?", answer: "Oslo", root_url: "http://x", info: { lang: "en" } },
    };
    const data = join(place, "suites");
    makeFolder(data);
    for (const [suite, one] of Object.entries(rows)) writeFileSync(join(data, `${suite}.jsonl`), JSON.stringify(one));
    const judge = await scriptedApi(({ body }) => {
      const asked = body.messages.map(({ content }: { content: string }) => content).join("\n");
      const [, predicted] = /"predicted":\s*"(\w+)"/.exec(asked) ?? [];
      return says(asked.includes(`["${predicted}"]`) ? "correct" : "incorrect");
    });
    const overrides = [
      "eval.samples=5",
      "limits.tokens=2048",
      "policy.slots=8",
      "policy.cacheTokens=8192",
      `judge={model: Qwen2.5-72B-Instruct, baseURL: "${judge.url}/v1"}`,
    ];
    const config = readConfig({ name: "eval", text: "{}", overrides }, suiteEvaluationSchema);
    const options = evaluationTask([replayed]);
    const opening = { signal, seed: 1, purpose: "use" as const, onWarning: () => undefined };
    const folder = join(place, "evaluation");
    const { result, records } = await withTask(options, opening, (task) =>
      evaluateOnSuites({
        model: writePhraseModel(join(place, "evaluated"), "qwen3", ODDS),
        suites: suiteChoices(["gaia", "hle", "webwalkerqa"]),
        data,
        folder,
        config,
        agent: taskAgent(task),
        apiKey: null,
        clock: systemClock,
        signal,
      }),
    );
    writeEvaluation(folder, result, records);
    await judge.close();
    expect(result.k).toEqual([1, 3, 5]);
    expect(judge.requests.length).toBeGreaterThan(0);
    expect(result.suites.map(({ metric, all }) => [metric, all.attempts, all.errors.unjudged])).toEqual(
      result.suites.map(() => ["judge", 5, 0]),
    );
    expect(readFileSync(evaluationLayout(folder).page, "utf8")).toContain("Beside the paper");
  }, 240_000);
});
