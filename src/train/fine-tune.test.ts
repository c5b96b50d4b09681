import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rejectionMessage } from "../../test/support/thrown.ts";
import { writeTinyModel } from "../../test/support/tiny-model.ts";
import type { SftRecord } from "../run/records.ts";
import { fineTuneSchema } from "./config.ts";
import { fineTune } from "./fine-tune.ts";
import { openPolicy } from "./open.ts";
import type { SftRequest } from "./sft-run.ts";

let root = "";
let model = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "aepo-fine-tune-"));
  model = writeTinyModel(join(root, "model"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const user = (content: string): object => ({ role: "user", content });
const assistant = (content: string): object => ({ role: "assistant", content });

/** Every question is answered with the letter behind its own. */
const LETTERS = [..."acacacacacac"].map((letter) => ({
  messages: [user(letter), assistant(String.fromCharCode(letter.charCodeAt(0) + 1))],
}));

function write(name: string, rows: readonly object[]): string {
  writeFileSync(join(root, name), rows.map((row) => JSON.stringify(row)).join("\n"));
  return join(root, name);
}

interface Learned {
  readonly records: readonly SftRecord[];
  readonly warnings: readonly string[];
  readonly folder: string;
}

async function learn(
  name: string,
  file: string,
  settings: object = {},
  data: object = {},
  request: SftRequest = {},
): Promise<Learned> {
  const [records, warnings]: [SftRecord[], string[]] = [[], []];
  const config = fineTuneSchema.parse({
    from: model,
    data: { file, maxTokens: 64, heldOutShare: 0, ...data },
    optimizer: { learningRate: 0.02 },
    sft: { epochs: 25, batch: 6, logEvery: 1 },
    out: join(root, name),
    ...settings,
  });
  const folder = await fineTune({
    config,
    ...request,
    onRecord(record) {
      records.push(record);
      request.onRecord?.(record);
    },
    onWarning: (text) => warnings.push(text.replaceAll(root, "ROOT")),
  });
  return { records, warnings, folder };
}

/** What the model writes behind a conversation, greedily. */
async function reply(checkpoint: string, messages: readonly object[]): Promise<string> {
  const { policy, tokenizer, close } = await openPolicy(
    fineTuneSchema.shape.policy.unwrap().extend({ checkpoint: fineTuneSchema.shape.from }).parse({ checkpoint }),
  );
  const chat = tokenizer as typeof tokenizer & {
    encodeChat(messages: readonly object[], options: object): number[];
  };
  const sampler = policy.openSampler();
  try {
    const ids = chat.encodeChat(messages, { addGenerationPrompt: true });
    sampler.submit({ id: "reply", ids, stop: [], maxTokens: 2, temperature: 0, seed: 0 });
    return tokenizer.decode((await sampler.next())[0]?.ids ?? []);
  } finally {
    await sampler.close();
    await close();
  }
}

describe("learning from conversations", () => {
  it("teaches what the assistant says, for as many rounds as wanted, and writes a model that can be used", async () => {
    const { records, warnings, folder } = await learn("letters", write("letters.jsonl", LETTERS));
    expect(warnings).toEqual([]);
    expect(records).toHaveLength(50);
    expect(records.at(-1)).toMatchObject({ step: 50, steps: 50, copyAccuracy: null, heldOutLoss: null });
    expect(records[0]?.loss).toBeGreaterThan(3);
    expect(records.at(-1)?.loss).toBeLessThan(0.1);
    expect(await reply(folder, [user("c")])).toBe("d<|im_end|>");
    expect(JSON.parse(readFileSync(join(folder, "tokenizer_config.json"), "utf8"))).toHaveProperty("chat_template");
  });

  it("gives the same bytes for the same seed", async () => {
    const file = write("again.jsonl", LETTERS);
    const short = { sft: { epochs: 1, batch: 4, logEvery: 1 } };
    const [one, two] = [await learn("one", file, short), await learn("two", file, short)];
    const bytes = ({ folder }: Learned): Buffer => readFileSync(join(folder, "model.safetensors"));
    expect(bytes(one).equals(bytes(two))).toBe(true);
  });

  it("learns the same from conversations packed into one micro-batch as from each alone", async () => {
    const file = write("packed.jsonl", LETTERS);
    const losses = async (name: string, microBatchTokens: number): Promise<number[]> => {
      const { records } = await learn(name, file, {
        sft: { epochs: 2, batch: 6, logEvery: 1 },
        policy: { microBatchTokens },
      });
      return records.map(({ loss }) => loss);
    };
    // Of one token: every conversation is longer and goes alone.
    const [packed, alone] = [await losses("packed", 2048), await losses("alone", 1)];
    expect(packed).toHaveLength(4);
    for (const [step, loss] of packed.entries()) expect(loss / (alone[step] ?? 0)).toBeCloseTo(1, 4);
  });

  it("goes on where it was stopped to the same bytes, and not by mistake from the start", async () => {
    const file = write("stopped.jsonl", LETTERS);
    const settings = { sft: { epochs: 2, batch: 4, logEvery: 1, checkpointEvery: 2 } };
    const whole = await learn("whole", file, settings);
    const stop = new AbortController();
    const stopped = learn(
      "stopped",
      file,
      settings,
      {},
      {
        signal: stop.signal,
        onRecord: ({ step }) => step === 5 && stop.abort(new Error("stopped")),
      },
    );
    expect(await rejectionMessage(stopped)).toBe("stopped");
    expect((await rejectionMessage(learn("stopped", file, settings))).replaceAll(root, "ROOT")).toBe(
      "ROOT/stopped holds a training that was stopped at step-000004\n" +
        "  to fix: go on with it (--resume ROOT/stopped), remove ROOT/stopped/unfinished, or choose another folder (--set out=…)",
    );
    const rest = await learn("stopped", file, settings, {}, { resume: true });
    expect(rest.records.map(({ step }) => step)).toEqual([5, 6]);
    expect(rest.records).toEqual(
      whole.records.slice(4).map((record) => ({ ...record, tokensPerSecond: expect.any(Number) })),
    );
    const files = (folder: string): string[] => readdirSync(folder).sort();
    expect(files(rest.folder)).toEqual(files(whole.folder));
    const bytes = ({ folder }: Learned): Buffer => readFileSync(join(folder, "model.safetensors"));
    expect(bytes(rest).equals(bytes(whole))).toBe(true);
  });

  it("measures what is held out, and never trains on it", async () => {
    const rows = Array.from({ length: 40 }, (_, i) => ({ messages: [user("q"), assistant(i % 2 === 0 ? "a" : "b")] }));
    const { records } = await learn(
      "held",
      write("held.jsonl", rows),
      { sft: { epochs: 10, batch: 8, logEvery: 5, probeEvery: 10 } },
      { heldOutShare: 0.25 },
    );
    const held = records.map(({ heldOutLoss }) => heldOutLoss).filter((loss) => loss !== null);
    expect(held.length).toBeGreaterThan(2);
    // A fair coin, then the certain end of the turn: log(2) / 2.
    expect(held.at(-1)).toBeGreaterThan(0.25);
    expect(held.at(-1)).toBeLessThan(0.6);
  });

  it("leaves out and counts what is too long and what has nothing to learn", async () => {
    const rows = [...LETTERS, { messages: [user("x"), assistant("y".repeat(100))] }, { messages: [user("no answer")] }];
    const { warnings, records } = await learn("some", write("some.jsonl", rows), { sft: { epochs: 1, batch: 12 } });
    expect(warnings).toEqual([
      "left out: 1 longer than 64 tokens (first ROOT/some.jsonl:13), 1 without a turn to learn (first ROOT/some.jsonl:14); 12 are left",
    ]);
    expect(records).toHaveLength(1);
  });

  it("learns adapters beside weights that stay", async () => {
    const { folder } = await learn("adapters", write("letters.jsonl", LETTERS), {
      policy: { lora: { rank: 4, alpha: 8 } },
    });
    expect(JSON.parse(readFileSync(join(folder, "adapter_config.json"), "utf8"))).toMatchObject({ r: 4 });
    expect(await reply(folder, [user("c")])).toBe("d<|im_end|>");
  });
});

describe("what cannot be learnt from is said", () => {
  const failure = async (name: string, rows: readonly object[], settings: object = {}, data: object = {}) =>
    (await rejectionMessage(learn(name, write(`${name}.jsonl`, rows), settings, data))).replaceAll(root, "ROOT");

  it("nothing that is short enough", async () => {
    expect(await failure("long", LETTERS, {}, { maxTokens: 5 })).toBe(
      "ROOT/long.jsonl has nothing to learn from\n" +
        "  found: 12 longer than 5 tokens (first ROOT/long.jsonl:1)\n" +
        "  to fix: give conversations with assistant turns, of at most data.maxTokens tokens",
    );
  });

  it("an empty file, a wrong row, a character the model does not know", async () => {
    expect(await failure("empty", [])).toContain(
      "ROOT/empty.jsonl has nothing to learn from\n  found: no conversations",
    );
    expect(await failure("row", [...LETTERS, { messages: [{ role: "user" }] }])).toBe(
      "ROOT/row.jsonl:13: messages[0].content is wrong\n  expected: a string\n  found: nothing",
    );
  });

  it("a model without a chat template, and conversations longer than it can read", async () => {
    expect(await failure("words", LETTERS, { from: "bundled:atlas" })).toBe(
      "the model has no chat template to write conversations with\n" +
        "  expected: an instruction-tuned model, or one with a chat_template.jinja in its folder\n" +
        "  to fix: give such a model as from, or learn from a task's demonstrations (task instead of data)",
    );
    expect(await failure("context", LETTERS, {}, { maxTokens: 100_000 })).toMatch(
      /^data\.maxTokens allows longer conversations than the model can read\n {2}expected: at most \d+\n {2}found: 100000$/,
    );
  });
});
