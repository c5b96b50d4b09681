/** Adapters that are loaded while the server runs: of the allowed folder alone, beside the base, while others are answered. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memoryStore } from "../../policy/blob-store.ts";
import { policyGradientLoss, STEP } from "../../policy/conformance-learning.ts";
import { LORA, tree } from "../../policy/testing/tiny-adapters.ts";
import { folderStore } from "../../run/blob-files.ts";
import { type LetterServer, letterServer } from "../testing/letter-server.ts";

const root = mkdtempSync(join(tmpdir(), "aepo-lora-serve-"));
const allowed = join(root, "allowed");
const ASK = { prompt: [1, 2, 3], max_tokens: 16, seed: 7, temperature: 1 };
let letters: LetterServer;
let client: OpenAI;

/** Adapters that have learnt, in a folder. */
async function saved(folder: string, seed: number): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const policy = await letters.base.adapt(LORA, seed);
  await policy.accumulate([tree], policyGradientLoss, 1);
  await policy.step({ ...STEP, learningRate: 0.3 });
  const store = memoryStore();
  await policy.learner.saveWeights(store);
  for (const [name, bytes] of store.blobs) writeFileSync(join(folder, name), bytes);
  await policy.dispose();
}

beforeAll(async () => {
  mkdirSync(allowed);
  letters = await letterServer((base) => ({
    allowed,
    most: 2,
    async open(folder) {
      const policy = await base.openAdapters(folderStore(folder));
      return { policy, dispose: () => policy.dispose() };
    },
  }));
  client = new OpenAI({ baseURL: `${letters.server.url}/v1`, apiKey: "none", maxRetries: 0 });
  for (const [i, name] of ["one", "two", "three"].entries()) await saved(join(allowed, name), i);
  await saved(join(root, "outside"), 9);
}, 60_000);
afterAll(async () => {
  expect(letters.reports).toEqual([]);
  await letters.close();
  rmSync(root, { recursive: true });
});

async function post(route: string, body: object): Promise<string> {
  const response = await fetch(`${letters.server.url}/v1/${route}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  const said = text.startsWith("{") ? (JSON.parse(text) as { error: { message: string } }).error.message : text;
  return `${response.status} ${said}`;
}

const load = (name: string, path: string, more = {}): Promise<string> =>
  post("load_lora_adapter", { lora_name: name, lora_path: path, ...more });
const unload = (name: string): Promise<string> => post("unload_lora_adapter", { lora_name: name });
const write = async (model: string): Promise<string> =>
  (await client.completions.create({ ...ASK, model })).choices[0]?.text ?? "";

describe("adapters", () => {
  it("are models beside the base: each writes its own, the base what it wrote before, and they leave again", async () => {
    const plain = await write("letters");
    // PEFT's own files: nothing says which base they belong to.
    rmSync(join(allowed, "two", "base_model.json"));
    expect(await load("a", join(allowed, "one"))).toBe("200 Success: LoRA adapter 'a' added successfully.");
    expect(await load("b", "two")).toBe("200 Success: LoRA adapter 'b' added successfully.");
    const adapted = await letters.base.openAdapters(folderStore(join(allowed, "one")));
    const sampler = adapted.openSampler();
    sampler.submit({ id: "x", ids: ASK.prompt, stop: [], maxTokens: 16, temperature: 1, seed: 7 });
    const [sample] = await sampler.next();
    await sampler.close();
    await adapted.dispose();
    const texts = await Promise.all(["a", "b", "letters"].map(write));
    expect(texts[0]).toBe(sample?.ids.map((id) => `<${String.fromCharCode(97 + id)}>`).join(""));
    expect(texts[2]).toBe(plain);
    expect(new Set(texts).size).toBe(3);
    const listed = (await client.models.list()).data as unknown as Record<string, unknown>[];
    expect(listed.map(({ id, parent, root: from }) => [id, parent, from])).toEqual([
      ["letters", undefined, undefined],
      ["a", "letters", join(allowed, "one")],
      ["b", "letters", "two"],
    ]);
    expect(await load("c", "three")).toBe("400 2 adapters are loaded, at most 2 are: unload one");
    expect(await load("a", "three")).toBe(
      '400 lora_name: "a" has already been loaded; unload it, or replace it with load_inplace: true',
    );
    expect(await load("a", "three", { load_inplace: true })).toMatch(/^200 /);
    expect(await write("a")).not.toBe(texts[0]);
    expect(await unload("a")).toBe("200 Success: LoRA adapter 'a' removed successfully.");
    expect(await unload("a")).toBe('404 no adapter "a" is loaded');
    await expect(write("a")).rejects.toThrow('404 there is no model "a" here, "letters", "b"');
    await unload("b");
  });

  it("one that is unloaded while it writes finishes what it has begun", async () => {
    await load("busy", "one");
    const whole = await write("busy");
    const stream = await client.completions.create({ ...ASK, model: "busy", stream: true });
    expect(await unload("busy")).toMatch(/^200 /);
    let text = "";
    for await (const { choices } of stream) text += choices[0]?.text ?? "";
    expect(text).toBe(whole);
  });

  it("the same name twice at once is loaded once", async () => {
    const said = await Promise.all([load("twin", "one"), load("twin", "two")]);
    expect(said.map((one) => one.slice(0, 3)).sort()).toEqual(["200", "400"]);
    await unload("twin");
  });
});

describe("a folder that may not be loaded", () => {
  const outside = "is not in the folder that adapters are loaded from here";

  it("is outside, by its name, by dots, or by a link", async () => {
    symlinkSync(join(root, "outside"), join(allowed, "link"));
    mkdirSync(join(allowed, "half-link"));
    for (const name of ["adapter_config.json", "adapter_model.safetensors"]) {
      symlinkSync(join(root, "outside", name), join(allowed, "half-link", name));
    }
    expect(await load("x", join(root, "outside"))).toBe(`400 lora_path: "${join(root, "outside")}" ${outside}`);
    expect(await load("x", "../outside")).toBe(`400 lora_path: "../outside" ${outside}`);
    expect(await load("x", "link")).toBe(`400 lora_path: "link" ${outside}`);
    expect(await load("x", "half-link")).toBe(
      '400 lora_path: adapter_config.json in "half-link" is a link to elsewhere',
    );
    // What is not there is not told from what may not be seen.
    expect(await load("x", "/etc/nowhere")).toBe(`400 lora_path: "/etc/nowhere" ${outside}`);
  });

  it("is no folder of adapters, or of other ones", async () => {
    expect(await load("x", "nowhere")).toBe(
      '400 lora_path: "nowhere" is no folder of adapters: adapter_config.json and adapter_model.safetensors missing',
    );
    mkdirSync(join(allowed, "broken"));
    writeFileSync(join(allowed, "broken", "adapter_config.json"), "{}");
    writeFileSync(join(allowed, "broken", "adapter_model.safetensors"), "x");
    expect(await load("x", "broken")).toMatch(/^400 lora_path: adapter_model\.safetensors/);
    expect(await load("no name!", "one")).toBe(
      "400 lora_name: expected 1 to 200 letters, digits and any of _ . : @ / -",
    );
    expect(await load("letters", "one")).toBe('400 lora_name: "letters" is the model itself');
  });
});
