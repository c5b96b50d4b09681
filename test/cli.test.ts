/** The command as a user meets it: help that teaches, and wrong input answered with what was wrong and what to do. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { runCommand } from "../src/cli/command.ts";
import { ROOT } from "./support/sources.ts";
import { writeTinyModel } from "./support/tiny-model.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "aepo-cli-"));
  mkdirSync(join(folder, "taken"));
  writeFileSync(join(folder, "taken", "config.json"), "{}");
  writeFileSync(join(folder, "bad.yaml"), "task: { name: atlas }\nalgoritm: { name: aepo }\n");
  writeFileSync(join(folder, "file"), "");
  writeTinyModel(join(folder, "tiny"));
  const chat = { messages: [1, 2].map((i) => ({ role: i === 1 ? "user" : "assistant", content: "hello" })) };
  writeFileSync(join(folder, "chats.jsonl"), `${JSON.stringify(chat)}\n`.repeat(12));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function aepo(...args: readonly string[]): Promise<Outcome> {
  const main = join(ROOT, "src/cli/main.ts");
  const child = spawn(process.execPath, ["--import", "tsx", main, ...args], {
    cwd: ROOT,
    env: { ...process.env, HF_HUB_OFFLINE: "1", HF_HOME: folder, HF_HUB_CACHE: "" },
  });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, out, err })));
}

/** The same without a process of its own, which takes seconds to start: for what ends before anything runs. */
async function here(...args: readonly string[]): Promise<Outcome> {
  const [out, err]: [string[], string[]] = [[], []];
  const taking = (texts: string[]) => (text: string | Uint8Array) => texts.push(String(text)) > 0;
  vi.stubEnv("HF_HUB_OFFLINE", "1");
  vi.stubEnv("HF_HOME", folder);
  vi.stubEnv("HF_HUB_CACHE", "");
  vi.spyOn(process.stdout, "write").mockImplementation(taking(out));
  vi.spyOn(process.stderr, "write").mockImplementation(taking(err));
  vi.spyOn(process, "exit").mockImplementation((code) => {
    throw new Exit(Number(code ?? 0));
  });
  try {
    const code = await runCommand(args).catch((thrown: unknown) => {
      if (thrown instanceof Exit) return thrown.code;
      throw thrown;
    });
    return { code, out: out.join(""), err: err.join("") };
  } finally {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    process.exitCode = undefined;
  }
}

class Exit extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

describe("help", () => {
  it("of the command teaches the first run and one's own", async () => {
    const { code, out } = await aepo("--help");
    expect(code).toBe(0);
    for (const line of ["aepo quickstart", "aepo rollout quickstart", "aepo train --resume", "aepo eval", "aepo sft"]) {
      expect(out).toContain(line);
    }
  });

  it.each([
    "quickstart",
    "init",
    "plan",
    "train",
    "eval",
    "compare",
    "rollout",
    "report",
    "sft",
    "export",
    "serve",
    "chat",
    "download",
    "index",
    "reward",
  ])("of %s names its options", async (command) => {
    const { code, out } = await here(command, "--help");
    expect(code).toBe(0);
    expect(out).toContain("--json");
  });
});

it("wrong input ends a process with its code and its message", async () => {
  const { code, out, err } = await aepo("train");
  expect([code, out]).toEqual([2, ""]);
  expect(err).toMatch(/^aepo: nothing to train\n {2}expected: a recipe, or --resume RUN\n {2}found: .*quickstart\n$/);
});

describe("wrong input", () => {
  const cases: readonly (readonly [string, readonly string[], number, string])[] = [
    [
      "no such way of sampling",
      ["rollout", "--sampling", "nucleus"],
      2,
      "--sampling nucleus: no such way of sampling\n  expected: train or eval\n",
    ],
    ["nothing to train", ["train"], 2, "nothing to train\n  expected: a recipe, or --resume RUN\n"],
    ["no such recipe", ["train", "nope"], 2, 'no recipe "nope"\n  expected: a YAML or JSON file'],
    [
      "an unknown key in a file",
      ["train", "FOLDER/bad.yaml"],
      1,
      'bad.yaml:2:1: unknown key "algoritm"\n  known here: ',
    ],
    [
      "an unknown key in --set",
      ["train", "quickstart", "--set", "train.stepz=3"],
      1,
      '--set train.stepz=3: unknown key "train.stepz"\n  known here: steps, questionsPerStep',
    ],
    ["a value of the wrong type", ["train", "quickstart", "--seed", "x"], 1, "--set seed=x: seed: Invalid input"],
    [
      "nucleus sampling in training (AEPO-H1)",
      ["train", "quickstart", "--set", "train.topP=0.9"],
      1,
      "--set train.topP=0.9: train.topP: training draws from the full distribution (AEPO-H1",
    ],
    [
      "a setting without effect",
      ["train", "quickstart", "--set", "algorithm.budget.premonitor=false", "algorithm.budget.sensitivity=2"],
      1,
      "sensitivity, rootTokens, probe, rounding and average have no effect when premonitor is false",
    ],
    [
      "more updates than questions",
      ["train", "quickstart", "--set", "algorithm.minibatch=trees", "algorithm.updates=13"],
      1,
      'with minibatch "trees" there can be at most as many updates as questionsPerStep',
    ],
    [
      "pass@k beyond the samples",
      ["train", "quickstart", "--set", "eval.samples=2"],
      1,
      "every k must be at most the number of samples",
    ],
    [
      "a folder that holds a run",
      ["train", "quickstart", "--set", "run.folder=FOLDER/taken"],
      1,
      "FOLDER/taken holds a run already\n  to fix: resume it (--resume FOLDER/taken)",
    ],
    [
      "a run folder below a file",
      ["train", "quickstart", "--set", "run.folder=FOLDER/file/run"],
      1,
      "to fix: a file stands where a folder is needed: choose another path",
    ],
    [
      "a resume of nothing",
      ["train", "--resume", "FOLDER"],
      1,
      "FOLDER is not a run folder\n  expected: a folder with",
    ],
    [
      "settings beside --resume",
      ["train", "--resume", "FOLDER/taken", "--seed", "2"],
      2,
      "a resumed run keeps its own settings\n  found: --set or --seed beside --resume",
    ],
    [
      "--checkpoint without --resume",
      ["train", "quickstart", "--checkpoint", "step-000001"],
      2,
      "has no effect without --resume",
    ],
    [
      "no such checkpoint",
      ["eval", "FOLDER/nowhere"],
      1,
      "no checkpoint at FOLDER/nowhere\n  expected: bundled:NAME (atlas)",
    ],
    ["no such bundled checkpoint", ["eval", "bundled:big"], 1, 'no bundled checkpoint "big"\n  found: atlas'],
    [
      "a task the policy does not know",
      ["eval", "bundled:atlas", "--set", "task.name=calculator"],
      1,
      'the policy does not know the words of the task "calculator"',
    ],
    ["a report of nothing", ["report", "FOLDER/nowhere"], 1, "FOLDER/nowhere"],
    ["no such split", ["rollout", "--split", "dev"], 2, "--split dev: no such split\n  expected: train or test"],
    [
      "no such question",
      ["rollout", "--question", "-1"],
      2,
      "--question -1: not an index\n  expected: a whole number from 0",
    ],
    [
      "a name of no model",
      ["download", "gpt2"],
      1,
      '"gpt2" does not name a model of the Hub\n  expected: hf://owner/name',
    ],
    [
      "a model that is not in the cache, offline",
      ["download", "hf://tiny/llama"],
      1,
      "hf://tiny/llama is not in the cache, and HF_HUB_OFFLINE forbids to fetch it\n  expected: FOLDER/hub/models--tiny--llama\n",
    ],
    [
      "a policy that is not in the cache, offline",
      ["eval", "hf://tiny/llama"],
      1,
      "to fix: without HF_HUB_OFFLINE: aepo download hf://tiny/llama",
    ],
    [
      "a run that memory does not hold",
      ["train", "quickstart", "--set", "policy.memoryGiB=0.1", "run.folder=FOLDER/large"],
      1,
      "expected: at most 102 MiB (policy.memoryGiB)\n  found: weights ",
    ],
    [
      "a probe of no time",
      ["plan", "quickstart", "--probe", "soon"],
      2,
      "--probe soon: not a time\n  expected: seconds",
    ],
    [
      "a plan for a model that is not here",
      ["plan", "quickstart", "--set", "policy.checkpoint=hf://tiny/llama"],
      1,
      "hf://tiny/llama is not on this machine, not even its config.json",
    ],
    [
      "an unknown key of a cold start's plan",
      ["plan", "cold-start-atlas", "--set", "sft.stepz=1"],
      1,
      'unknown key "sft.stepz"',
    ],
    [
      "a chat with a policy that has no template",
      ["chat", "bundled:atlas"],
      2,
      "bundled:atlas has no chat template to write a conversation with\n  to fix: choose a chat model (hf://… with a chat template), or ask this policy its task's questions: --task NAME\n",
    ],
    [
      "a chat about no task",
      ["chat", "bundled:atlas", "--task", "chess"],
      1,
      "task.name: Invalid discriminator value. Expected 'atlas' | 'atlas-english' | 'calculator'",
    ],
    [
      "a task and data at once",
      ["sft", "cold-start-atlas", "--set", "data.file=x.jsonl"],
      1,
      "give either task (its demonstrations are learnt) or data (a file's conversations)",
    ],
    [
      "data for a policy from scratch",
      ["sft", "conversations", "--set", "model.hidden_size=64"],
      1,
      "a policy made from scratch knows only a task's words: data needs from, a pretrained model",
    ],
    [
      "an unknown key of a data recipe",
      ["sft", "conversations", "--set", "data.maxToken=64"],
      1,
      '--set data.maxToken=64: unknown key "data.maxToken"\n  known here: file, columns, turns, maxTokens, heldOutShare',
    ],
    [
      "data that is not there",
      ["sft", "conversations", "--set", "from=FOLDER/tiny", "data.file=FOLDER/none.jsonl", "data.maxTokens=64"],
      1,
      "FOLDER/none.jsonl: cannot be read: ENOENT",
    ],
    [
      "a training that was never stopped",
      ["sft", "--resume", "FOLDER/tiny"],
      1,
      "FOLDER/tiny holds no training that was stopped\n  expected: a folder that aepo sft was writing to, with unfinished/config.json\n  found: a model",
    ],
    [
      "a resumed training with settings",
      ["sft", "--resume", "FOLDER/tiny", "--seed", "2"],
      2,
      "keeps its own settings",
    ],
    ["one method only", ["compare", "atlas", "--seeds", "2"], 2, "nothing to compare with\n  expected: at least two"],
    ["no seeds", ["compare", "atlas", "atlas:grpo", "--seeds", "0"], 2, "--seeds 0: not a number of them"],
    ["a comparison with no such recipe", ["compare", "atlas", "nope:grpo", "--seeds", "2"], 2, 'no recipe "nope"'],
    [
      "a comparison with no such method",
      ["compare", "atlas", "atlas:gpro", "--seeds", "2"],
      2,
      'no algorithm or preset "gpro"\n  found: aepo, arpo, ',
    ],
    [
      "an option that a method ignores",
      ["compare", "atlas", "atlas:grpo", "--seeds", "2", "--set", "algorithm.branch.penalty=0"],
      1,
      '--set algorithm.branch.penalty=0: unknown key "algorithm.branch"\n  known here: name, groupSize, ',
    ],
    [
      "a setting that a comparison ignores",
      ["compare", "atlas", "atlas:grpo", "--seeds", "2", "--set", "train.steps=3"],
      2,
      "--set train.steps=3: train.steps has no effect in a comparison\n  to fix: give the budget of all methods: --budget",
    ],
    [
      "a budget of less than a step",
      ["compare", "atlas", "atlas:grpo", "--seeds", "2", "--budget", "rollouts=100"],
      1,
      "train.budget.amount: 100 rollouts are less than one step, which is 12 questions × 12 rollouts = 144: choose",
    ],
    [
      "a resume of no comparison",
      ["compare", "--resume", "FOLDER"],
      1,
      "FOLDER holds no comparison\n  expected: a folder",
    ],
    [
      "a resumed comparison with settings",
      ["compare", "--resume", "FOLDER", "--seeds", "3"],
      2,
      "a resumed comparison keeps its own settings\n  found: --seeds beside --resume",
    ],
    ["nothing to learn", ["sft"], 2, "nothing to train\n  expected: a recipe, or --resume "],
    ["two origins of a cold start", ["sft", "cold-start-atlas", "--set", "from=bundled:atlas"], 1, "give either model"],
  ];

  it.each(cases)("%s", async (_name, args, code, message) => {
    const fill = (text: string): string => text.replaceAll("FOLDER", folder);
    const outcome = await here(...args.map(fill));
    expect(outcome.err).toContain(fill(message));
    expect(outcome.err).not.toMatch(/^\s+at .*\.ts:\d+/m);
    expect(outcome).toMatchObject({ code, out: "" });
  });
});

describe("sft on data", () => {
  it("is planned, and learns from conversations to a model that can be evaluated and exported", async () => {
    const settings = [
      `from=${folder}/tiny`,
      `data.file=${folder}/chats.jsonl`,
      "data.maxTokens=64",
      "data.heldOutShare=0.25",
      "sft.batch=4",
      `out=${folder}/learned`,
    ];
    const plan = await aepo("plan", "conversations", "--set", ...settings);
    expect(plan).toMatchObject({ code: 0 });
    expect(plan.out).toMatch(/typical: paths of 31 tokens \(the data's 12 conversations\); at most: of 64, the limit/);
    const { code, out, err } = await aepo("sft", "conversations", "--json", "--set", ...settings);
    expect(err).toMatch(/^step 5\/5 {2}loss \d\.\d{4} .* held-out loss \d\.\d{4}$/m);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ checkpoint: `${folder}/learned`, step: 5, steps: 5 });
    expect((await aepo("export", `${folder}/learned`, "--to", "gguf", "--out", `${folder}/learned.gguf`)).code).toBe(0);
  });
});

describe("plan", () => {
  it("says what a recipe takes, as a table and as one line of JSON, and writes nothing", async () => {
    const { code, out, err } = await aepo("plan", "quickstart", "--probe", "5", "--json");
    expect(code).toBe(0);
    expect(err).toContain("layers are kept for the backward pass: all layers fit in memory");
    const plan = JSON.parse(out) as { probe: { training: number; sampling: number }; seconds: { typical: number } };
    expect(plan).toMatchObject({ fits: true, recompute: false, missing: null, parameters: { total: 728_448 } });
    const { probe, seconds } = plan;
    expect(Math.min(probe.training, probe.sampling, seconds.typical)).toBeGreaterThan(0);
  });

  it("ends with code 1 where it does not fit", async () => {
    const { code, out } = await aepo("plan", "cold-start-atlas", "--no-probe", "--set", "policy.memoryGiB=0.1");
    expect(code).toBe(1);
    expect(out).toMatch(/does not fit: about \d+ MiB of 102 MiB \(policy\.memoryGiB\)\n$/);
  });
});
