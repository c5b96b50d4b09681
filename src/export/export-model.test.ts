import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rejectionMessage } from "../../test/support/thrown.ts";
import { openModel } from "../train/open-model.ts";
import { exportModel } from "./export-model.ts";
import { modelCard } from "./model-card.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "aepo-export-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const BUNDLED = { model: "bundled:atlas", format: "f16" } as const;

/** Every tensor of two models, compared bit for bit. */
async function expectEqualTensors(left: string, right: string): Promise<void> {
  const [a, b] = [await openModel(left), await openModel(right)];
  expect(b.config).toEqual(a.config);
  expect([...b.tensors.shapes].sort()).toEqual([...a.tensors.shapes].sort());
  for (const name of a.tensors.shapes.keys()) {
    const [x, y] = [await a.tensors.read(name), await b.tensors.read(name)];
    // By bytes: vitest's own comparison takes minutes for an embedding.
    expect(Buffer.compare(new Uint8Array(x.buffer), new Uint8Array(y.buffer))).toBe(0);
  }
  await a.tensors.close();
  await b.tensors.close();
}

describe("export", () => {
  it("writes a Hugging Face folder that opens as the same model, with a card", async () => {
    const out = join(folder, "hf");
    const files = await exportModel({ ...BUNDLED, to: "hf", out });
    expect(files.map((file) => file.slice(out.length + 1))).toEqual([
      "model.safetensors",
      "config.json",
      "tokenizer.json",
      "README.md",
    ]);
    await expectEqualTensors("bundled:atlas", out);
    expect(readFileSync(join(out, "README.md"), "utf8")).toContain("qwen3, 4 layers, width 128, 0.7M parameters");
  });

  it.each([
    [
      "a target that exists",
      { to: "hf", out: tmpdir() } as const,
      `${tmpdir()} exists already\n  to fix: choose another --out, or remove it`,
    ],
    [
      "adapters of a model without",
      { to: "lora", out: "nowhere/adapters" } as const,
      "bundled:atlas has no adapters to export\n  expected: a run or checkpoint trained with policy.lora\n  to fix: export the whole model with --to hf or --to gguf",
    ],
    [
      "a GGUF file of one token a word",
      { to: "gguf", out: join(tmpdir(), "aepo-words.gguf") } as const,
      "a policy of one token a word has no form in GGUF\n  to fix: export it with --to hf: transformers reads its tokenizer",
    ],
  ])("refuses %s", async (_, options, message) => {
    expect(await rejectionMessage(exportModel({ ...BUNDLED, ...options }))).toBe(message);
    expect(existsSync("nowhere")).toBe(false);
  });
});

const REAL = "../shared/data/models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf";
if (!existsSync(REAL)) console.warn(`skipped: no real model at ${REAL}`);

describe.skipIf(!existsSync(REAL))("export of a real model", () => {
  it("writes GGUF in float32 that opens as the same model", async () => {
    const out = join(folder, "real.gguf");
    expect(await exportModel({ model: REAL, to: "gguf", out, format: "f32" })).toEqual([
      out,
      join(folder, "real.README.md"),
    ]);
    await expectEqualTensors(REAL, out);
    const [before, after] = [await openModel(REAL), await openModel(out)];
    const text = "Émile found 12 cats.\n<|im_end|>";
    expect(after.tokenizer.encode(text)).toEqual(before.tokenizer.encode(text));
    await before.tensors.close();
    await after.tensors.close();
  });
});

describe("a model card", () => {
  it("says how the model was trained and what came out, from the run's own records", () => {
    const evaluation = (step: number, value: number) => ({
      kind: "eval" as const,
      step,
      split: "test" as const,
      questions: 200,
      samples: 5,
      temperature: 1,
      passAtK: [{ k: 1, value, low: value - 0.05, high: value + 0.05 }],
      formatShare: 1,
      rewardMean: 0.5,
      seconds: 9,
    });
    const machine = { platform: "linux", cpu: "a cpu", cores: 2, memoryGiB: 24, node: "20", device: "cpu" };
    const header = { kind: "header" as const, task: "atlas", algorithm: "aepo", seed: 3, policy: "p", machine };
    const card = modelCard({
      name: "mine",
      files: "A folder.",
      model: "llama, 2 layers",
      run: { config: "{}", metrics: [{ ...header, startedAt: "" }, evaluation(0, 0.2), evaluation(30, 0.8)] },
      checkpoint: "run",
    });
    expect(card).toContain("Trained with aepo: aepo on the task `atlas`, seed 3, 0 steps, on a cpu (cpu).");
    expect(card).toContain("| 0 | 200 × 5 | 1 | 0.20 (0.15 to 0.25) |\n| 30 | 200 × 5 | 1 | 0.80 (0.75 to 0.85) |");
  });
});
