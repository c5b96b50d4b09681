import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, it } from "vitest";
import { rejectionMessage } from "../../test/support/thrown.ts";
import { checkpointFolder } from "./checkpoint-folder.ts";
import { openTokenizer } from "./open-tokenizer.ts";

const root = mkdtempSync(join(tmpdir(), "aepo-tokenizer-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(root, "model-"));
});

const bundled = checkpointFolder("bundled:atlas");

it("needs no weights, and no architecture that is computed here", async () => {
  const whole = await openTokenizer("bundled:atlas");
  expect(whole).toMatchObject({ vocabularySize: 280, maxSequenceTokens: 256 });
  copyFileSync(join(bundled, "tokenizer.json"), join(folder, "tokenizer.json"));
  const sizes = { vocab_size: 300, max_position_embeddings: 4096 };
  for (const config of [sizes, { text_config: sizes }]) {
    writeFileSync(join(folder, "config.json"), JSON.stringify({ model_type: "mixture_of_everything", ...config }));
    const found = await openTokenizer(folder);
    expect(found).toMatchObject({ vocabularySize: 300, maxSequenceTokens: 4096 });
    expect(found.tokenizer.encode("<q> <think>")).toEqual(whole.tokenizer.encode("<q> <think>"));
  }
});

it("says what is missing", async () => {
  expect(await rejectionMessage(openTokenizer(folder))).toBe(
    `${folder} has no config.json\n  expected: config.json and tokenizer.json of the server's base model (policy.tokenizer)\n  found: none`,
  );
  writeFileSync(join(folder, "config.json"), JSON.stringify({ vocab_size: 300, max_position_embeddings: 64 }));
  expect(await rejectionMessage(openTokenizer(folder))).toBe(
    `${folder} has no tokenizer\n  expected: tokenizer.json in a model's folder, tokenizer.ggml.model in a GGUF file\n  to fix: set policy.tokenizer to the base model's own folder`,
  );
  copyFileSync(join(bundled, "tokenizer.json"), join(folder, "tokenizer.json"));
  writeFileSync(join(folder, "config.json"), JSON.stringify({ vocab_size: 300 }));
  expect(await rejectionMessage(openTokenizer(folder))).toMatch(
    /^config\.json of .* does not say how large the model is\n {2}expected: vocab_size and max_position_embeddings\n {2}found: .*\n.*max_position_embeddings/,
  );
});
