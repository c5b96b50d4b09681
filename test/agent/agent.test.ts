/**
 * An agent of a recipe from end to end: questions of a JSONL file, a calculator, python in its sandbox, a search over a folder, the
 * paper's reward. It trains, goes on after it was stopped, and is replayed from its recorded traffic without any tool.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MetricRecord, RolloutRecord, StepRecord } from "../../src/run/records.ts";
import { whyNoSandbox } from "../../src/toolbox/python/testing/sandbox-here.ts";
import { addLedgers, type LedgerFigures } from "../../src/tools/around/ledger.ts";
import { recipeSchema, runConfigSchema } from "../../src/train/config.ts";
import { readConfig } from "../../src/train/config-source.ts";
import { withTask } from "../../src/train/tasks.ts";
import { train } from "../../src/train/train.ts";
import { writeReport } from "../../src/report/write-report.ts";
import { openAgent } from "../../src/agent/open-agent.ts";
import { rollout } from "../../src/train/api.ts";
import { openModel } from "../../src/train/open-model.ts";
import { rejectionMessage } from "../support/thrown.ts";
import { writeTinyModel } from "../support/tiny-model.ts";
import { asked, documents, teach } from "./words.ts";

const noSandbox = await whyNoSandbox();
const withPython = noSandbox === null;
if (noSandbox !== null) console.warn(`the agent has no python: ${noSandbox}`);

let place = "";
let checkpoint = "";
const file = (name: string): string => join(place, name);

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), "aepo-agent-"));
  mkdirSync(file("corpus"));
  for (const [name, text] of Object.entries(documents())) writeFileSync(file(`corpus/${name}`), `${text}\n`);
  const rows = asked(withPython);
  for (const split of ["train", "test"]) {
    const lines = rows
      .filter((row) => row.split === split)
      .map(({ question, answer }) => JSON.stringify({ question, answer }));
    writeFileSync(file(`${split}.jsonl`), `${lines.join("\n")}\n`);
  }
  checkpoint = await teach(rows, file("policy"));
}, 120_000);

afterAll(() => rmSync(place, { recursive: true, force: true }));

interface Told {
  readonly folder: string;
  readonly traffic: string;
  /** Where nothing is: the tools must not be opened. */
  readonly bare?: boolean;
}

function recipe({ folder, traffic, bare = false }: Told): string {
  return `
task:
  name: agent
  prompt: plain
  tools:
    calculator: {}
    search: { provider: index, corpus: ${bare ? "/nowhere/corpus" : file("corpus")}, results: 1 }
    ${withPython ? `python: { interpreter: ${bare ? "/nowhere/python3" : "/usr/bin/python3"} }` : ""}
  around:
    all: { timeoutMs: 20000, retry: { tries: 2 }, truncate: { tokens: 40 } }
    search: { cache: {} }
  data:
    train: [{ file: ${file("train.jsonl")} }]
    test: [{ file: ${file("test.jsonl")} }]
    curriculum: { after: 4 }
  reward: paper
  limits: { calls: 2, tokens: 64 }
  traffic: ${traffic}
algorithm: { name: aepo, groupSize: 6, updates: 2, entropyScale: spread, branch: { base: 0.6 } }
policy: { checkpoint: ${checkpoint}, threads: 1 }
optimizer: { learningRate: 1e-3 }
train: { steps: 2, questionsPerStep: 6 }
eval: { questions: 6, samples: 2, k: [1], every: 2 }
run: { folder: ${file(folder)} }
`;
}

async function run(told: Told, { stopAfter = Number.POSITIVE_INFINITY, resume = false } = {}) {
  const config = readConfig({ name: "agent.yaml", text: recipe(told), overrides: [] }, recipeSchema);
  const { task: options, ...settings } = config;
  const stop = new AbortController();
  const records: MetricRecord[] = [];
  const warnings: string[] = [];
  const onRecord = (record: MetricRecord): void => {
    records.push(record);
    if (record.kind === "step" && record.step === stopAfter) stop.abort(new Error("stopped by the test"));
  };
  const opening = {
    signal: stop.signal,
    seed: config.seed,
    purpose: "train" as const,
    checkpoint,
    onWarning: (text: string) => void warnings.push(text),
  };
  const result = await withTask(options, opening, (task) =>
    train({
      task,
      config: runConfigSchema.parse(settings),
      resolved: config,
      warnings: ["2 rows were mended"],
      signal: stop.signal,
      onRecord,
      ...(resume ? { resume: true } : {}),
    }),
  );
  return { result, records, warnings };
}

const rolloutsOf = (folder: string): string => readFileSync(file(`${folder}/rollouts.jsonl`), "utf8");
const callsOf = (traffic: string): string[] =>
  readFileSync(file(traffic), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { kind: string; path: string; tool: string; input: unknown; again: number })
    .filter(({ kind }) => kind === "call")
    .map(({ path, tool, input, again }) => JSON.stringify([path, tool, input, again]));
const figuresOf = (records: readonly MetricRecord[]): LedgerFigures =>
  records
    .flatMap((record) => ((record.kind === "step" || record.kind === "eval") && record.tools ? [record.tools] : []))
    .reduce<LedgerFigures>(addLedgers, {});

describe("an agent of a recipe", () => {
  it("trains with its tools, which keep a ledger; its curriculum's state is in the checkpoint", async () => {
    const { result, records, warnings } = await run({
      folder: "a",
      traffic: `{ mode: record, file: ${file("a.jsonl")} }`,
    });
    expect(warnings).toEqual([]);
    const told = records.filter((record) => record.kind === "warning" && record.step === 0);
    expect(told).toEqual([{ kind: "warning", step: 0, message: "2 rows were mended" }]);
    const steps = records.filter((record): record is StepRecord => record.kind === "step");
    expect(steps.map(({ step, updates }) => [step, updates])).toEqual([
      [1, 2],
      [2, 2],
    ]);
    const trees = rolloutsOf("a")
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as RolloutRecord).tree);
    expect(trees).toHaveLength(12);
    const called = trees.flatMap(({ nodes }) => nodes.flatMap(({ result: said }) => said ?? []));
    const worked = new Set(called.filter(({ failed }) => failed === null).map(({ tool }) => tool));
    expect([...worked].sort()).toEqual(["calculator", ...(withPython ? ["python"] : []), "search"]);
    expect(trees.flatMap(({ paths }) => paths).some(({ reward }) => reward.correct && reward.total === 1)).toBe(true);
    // Every call of the run is in the ledger and in the traffic: those of steps, evaluations and replays of a state.
    const figures = figuresOf(records);
    const inLedger = Object.values(figures).reduce((sum, { calls }) => sum + calls, 0);
    expect(inLedger).toBe(callsOf("a.jsonl").length);
    expect(figures["search"]?.cached).toBeGreaterThan(0);
    expect(Object.keys(result.state.curriculum ?? {}).length).toBe(
      new Set(trees.map(({ question }) => question.id)).size,
    );
    expect(steps[1]?.passedOver).toBeTypeOf("number");
    expect(readFileSync(writeReport(file("a")), "utf8")).toContain("<h2>Tools</h2>");
  }, 120_000);

  it("goes on after it was stopped, to the same trees, and asks for nothing twice", async () => {
    const told = { folder: "b", traffic: `{ mode: record, file: ${file("b.jsonl")} }` };
    expect(await rejectionMessage(run(told, { stopAfter: 1 }))).toBe("stopped by the test");
    expect(existsSync(file("b/rollouts.jsonl"))).toBe(true);
    await run(told, { resume: true });
    expect(rolloutsOf("b")).toBe(rolloutsOf("a"));
    expect(callsOf("b.jsonl").toSorted()).toEqual(callsOf("a.jsonl").toSorted());
    expect(new Set(callsOf("b.jsonl")).size).toBe(callsOf("b.jsonl").length);
  }, 120_000);

  it("replays from its traffic to the same bytes where none of the tools is: no call is made", async () => {
    const before = readFileSync(file("a.jsonl"), "utf8");
    const { records } = await run({ folder: "c", traffic: `{ mode: replay, file: ${file("a.jsonl")} }`, bare: true });
    expect(rolloutsOf("c")).toBe(rolloutsOf("a"));
    const figures = Object.values(figuresOf(records));
    expect(figures.length).toBeGreaterThan(1);
    for (const { calls, replayed } of figures) expect(replayed).toBe(calls);
    expect(readFileSync(file("a.jsonl"), "utf8")).toBe(before);
  }, 120_000);

  it("fails at the start where a tool is missing, and says what to do", async () => {
    const traffic = `{ mode: record, file: ${file("d.jsonl")} }`;
    expect(await rejectionMessage(run({ folder: "d", traffic, bare: true }))).toMatch(/\/nowhere\//);
    expect(existsSync(file("d"))).toBe(false);
  });
});

it("asks a chat model through its own template, from TypeScript", async () => {
  const model = writeTinyModel(file("tiny"));
  const agent = async (more: object) =>
    openAgent({
      tools: { calculator: {} },
      data: { train: [{ rows: [{ question: "2+3?", answer: "5" }] }] },
      system: "Use <calculator>.",
      limits: { calls: 1, tokens: 120 },
      ...more,
    });
  const { task, close } = await agent({});
  const grown = { policy: { checkpoint: model, threads: 1 }, algorithm: { name: "grpo" as const, groupSize: 2 } };
  const tree = await rollout({ task, ...grown });
  await close();
  const { tokenizer, tensors } = await openModel(model);
  await tensors.close();
  expect(tokenizer.decode(tree.promptIds)).toBe(
    "<|im_start|>system\nUse <calculator>.<|im_end|>\n<|im_start|>user\n2+3?<|im_end|>\n<|im_start|>assistant\n",
  );
  expect(tree.paths.map(({ reward }) => reward.formatOk)).toEqual([false, false]);
  const hermes = await agent({ dialect: "hermes" });
  expect(await rejectionMessage(rollout({ task: hermes.task, ...grown }))).toContain(
    "the model's chat template does not tell it about tools",
  );
  await hermes.close();
}, 60_000);
