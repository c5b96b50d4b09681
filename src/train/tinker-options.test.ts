import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { thrownMessage } from "../../test/support/thrown.ts";
import { recipeSchema, sftRecipeSchema } from "./config.ts";
import { readConfig } from "./config-source.ts";

const text = readFileSync(new URL("../../recipes/atlas-tinker.yaml", import.meta.url), "utf8");
const read = (...overrides: string[]) => readConfig({ name: "r.yaml", text, overrides }, recipeSchema);
const refused = (...overrides: string[]): string => thrownMessage(() => read(...overrides));

it("the recipe that ships is a run on a server, every default filled in", () => {
  expect(read().policy).toEqual({
    engine: "tinker",
    url: "http://127.0.0.1:8000",
    model: "atlas",
    tokenizer: "bundled:atlas",
    lora: { rank: 8 },
    reduction: "auto",
    entropy: "auto",
    concurrency: 64,
    microBatch: 8,
    futureTimeoutMs: 1_800_000,
    samplersApart: false,
    downloadAdapters: false,
  });
});

it("a field of one engine given to the other is an error that names both, where it stands", () => {
  const at = (lines: string): string =>
    thrownMessage(() =>
      readConfig({ name: "r.yaml", text: `${text.split("policy:")[0]}${lines}`, overrides: [] }, recipeSchema),
    );
  const rest = "optimizer: { learningRate: 1e-3 }\ntrain: { steps: 1 }\n";
  const line = text.split("policy:")[0]?.split("\n").length ?? 0;
  expect(at(`policy: { engine: tinker, url: "http://h:1", model: m, tokenizer: t, slots: 3 }\n${rest}`)).toBe(
    `r.yaml:${line}:77: policy.slots: a setting of engine embedded, without effect on engine tinker`,
  );
  expect(at(`policy: { checkpoint: bundled:atlas, concurrency: 3 }\n${rest}`)).toBe(
    `r.yaml:${line}:51: policy.concurrency: a setting of engine tinker, without effect on engine embedded`,
  );
});

it.each([
  [
    "policy.checkpoint=bundled:atlas",
    "policy.checkpoint: a setting of engine embedded, without effect on engine tinker",
  ],
  ["policy.recompute=always", "policy.recompute: a setting of engine embedded, without effect on engine tinker"],
  ["policy.lora.alpha=32", "policy.lora.alpha: chosen by the server: engine tinker takes lora.rank and lora.seed"],
  [
    "policy.lora.targets=[q_proj]",
    "policy.lora.targets: chosen by the server: engine tinker takes lora.rank and lora.seed",
  ],
  ["policy.engine=tinkr", "policy.engine: no such engine: expected embedded (the default) or tinker"],
  ["policy.url=127.0.0.1:8000", "policy.url: the address of a server, such as http://127.0.0.1:8000"],
  ["policy.apiKeyEnv=tml-secret", "policy.apiKeyEnv: the NAME of an environment variable"],
  [
    "policy.sampler=3",
    'unknown key "policy.sampler"\n  known here: engine, url, model, tokenizer, apiKeyEnv, reduction, entropy, concurrency, microBatch, futureTimeoutMs, samplersApart, downloadAdapters, lora',
  ],
  ["policy.lora.rnk=3", 'unknown key "policy.lora.rnk"\n  known here: rank, seed'],
  [
    "algorithm={name: ppo}",
    "algorithm.name: ppo trains a value head (B-PPO), which engine tinker has none of: use an algorithm without a critic, such as aepo, grpo or rloo, or the embedded engine",
  ],
  [
    "algorithm.entropyBonus=0.1",
    "algorithm.entropyBonus: the gradient of an entropy bonus needs the whole distribution, and engine tinker is sent one number a token: set it to 0, or use the embedded engine",
  ],
  [
    "train.temperature=0.7",
    "train.temperature: servers of engine tinker report log-probabilities at temperature 1 only (AEPO-H1): set it to 1, or use the embedded engine",
  ],
  [
    "train.maxLogprobGap.warn=2",
    "train.maxLogprobGap.warn: warns at 2 and stops at 1 (the default of engine tinker) before that: set train.maxLogprobGap.stop, too",
  ],
])("%s is refused before anything is opened", (assignment, message) => {
  expect(refused(assignment)).toBe(`--set ${assignment}: ${message}`);
});

it("the embedded engine lists its own keys, named or by default, and supervised training knows no other", () => {
  const known =
    "known here: engine, checkpoint, device, threads, microBatchTokens, slots, cacheTokens, lora, recompute, memoryGiB";
  const embedded = readFileSync(new URL("../../recipes/quickstart.yaml", import.meta.url), "utf8");
  const of = (...overrides: string[]): string =>
    thrownMessage(() => readConfig({ name: "r.yaml", text: embedded, overrides }, recipeSchema));
  const unknown = `--set policy.slot=3: unknown key "policy.slot"\n  ${known}`;
  expect(of("policy.slot=3")).toBe(unknown);
  expect(of("policy.engine=embedded", "policy.slot=3")).toBe(unknown);
  const sft = readFileSync(new URL("../../recipes/cold-start-atlas.yaml", import.meta.url), "utf8");
  expect(
    thrownMessage(() =>
      readConfig({ name: "s.yaml", text: sft, overrides: ["policy.engine=tinker"] }, sftRecipeSchema),
    ),
  ).toBe(
    "--set policy.engine=tinker: policy.engine: this is done by the engine inside this process: leave policy.engine out",
  );
});
