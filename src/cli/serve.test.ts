/** The command as a process: it starts on the bundled checkpoint, answers, and ends at Ctrl-C as every command does. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";

const MODEL = "bundled:atlas";
const KEY = "a key of this test";

interface Command {
  readonly child: ChildProcess;
  readonly err: () => string;
  /** The first line of stdout; rejects if the command ends before. */
  readonly first: Promise<string>;
  readonly code: Promise<number | null>;
}

function serve(args: readonly string[], env: Record<string, string> = {}): Command {
  const command = ["--import", "tsx", "src/cli/main.ts", "serve", ...args];
  const child = spawn(process.execPath, command, { env: { ...process.env, AEPO_API_KEY: undefined, ...env } });
  let [out, err] = ["", ""];
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const code = once(child, "close").then(([exitCode]) => exitCode as number | null);
  const first = new Promise<string>((resolve, reject) => {
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString();
      if (out.includes("\n")) resolve(out.slice(0, out.indexOf("\n")));
    });
    void code.then(() => reject(new Error(`it ended: ${err}`)));
  });
  return { child, err: () => err, first, code };
}

async function ask(url: string, path: string, body?: object, key?: string): Promise<unknown> {
  const response = await fetch(`${url}${path}`, {
    ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    headers: {
      "content-type": "application/json",
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    },
  });
  return { status: response.status, ...((await response.json()) as object) };
}

it.each<[string, readonly string[], number, string]>([
  ["no port", [MODEL, "--port", "http"], 2, "--port http\n  expected: an integer from 0 to 65535\n"],
  [
    "no dialect",
    [MODEL, "--dialect", "xml"],
    2,
    "--dialect xml: no such dialect\n  expected: auto, none, tags, hermes, llama3\n",
  ],
  [
    "no model",
    ["nowhere/model", "--port", "0"],
    1,
    "no checkpoint at nowhere/model\n" +
      "  expected: bundled:NAME (atlas), a run folder, a checkpoint folder or hf://owner/name\n",
  ],
  [
    // Said before anything is loaded: the model is not there either.
    "no key, beyond this machine",
    ["nowhere/model", "--host", "0.0.0.0"],
    2,
    "--host 0.0.0.0 without an API key: everybody who can reach this machine could use the model\n" +
      "  to fix: set AEPO_API_KEY, or leave --host out to serve this machine only\n",
  ],
])("refuses %s", async (_name, args, exitCode, message) => {
  const { first, code, err } = serve(args);
  await expect(first).rejects.toThrow("it ended");
  expect(await code).toBe(exitCode);
  expect(err()).toBe(`aepo: ${message}`);
});

it("starts on the bundled checkpoint, answers, and ends at Ctrl-C with an answer half-way", async () => {
  const { child, err, first, code } = serve([MODEL, "--port", "0", "--name", "atlas", "--json"]);
  try {
    const { url, ...told } = JSON.parse(await first) as { url: string };
    expect(told).toEqual({ model: "atlas", dialect: null });
    expect(await ask(url, "/v1/models")).toMatchObject({ status: 200, data: [{ id: "atlas", object: "model" }] });
    const request = { prompt: "<think>", max_tokens: 12, seed: 3 };
    const answer = (await ask(url, "/v1/completions", request)) as { choices: { text: string }[] };
    expect(answer).toMatchObject({ status: 200, model: "atlas", usage: { prompt_tokens: 1 } });
    expect(answer.choices[0]?.text.length).toBeGreaterThan(5);
    expect(await ask(url, "/v1/completions", request)).toMatchObject({ choices: answer.choices });
    expect(await ask(url, "/v1/chat/completions", { messages: [{ role: "user", content: "a" }] })).toMatchObject({
      status: 400,
      error: { message: 'the model "atlas" has no chat template: ask it with /v1/completions' },
    });
    const streams = await fetch(`${url}/v1/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...request, n: 128, max_tokens: 250, stream: true }),
    });
    const reader = (streams.body as ReadableStream<Uint8Array>).getReader();
    expect((await reader.read()).done).toBe(false);
    const { open } = (await ask(url, "/health")) as { open: number };
    expect(open).toBeGreaterThan(0);
    child.kill("SIGINT");
    expect(await code).toBe(130);
    expect(err()).toMatch(
      /^atlas \(.+\)\nno chat template: \/v1\/completions only\nserved at http:\/\/127\.0\.0\.1:\d+\/v1; Ctrl-C ends it\nstopped by Ctrl-C\n$/,
    );
    await reader.cancel().catch(() => {});
  } finally {
    child.kill("SIGKILL");
  }
}, 120_000);

it("for other machines it asks for the key", async () => {
  const { child, first, code } = serve([MODEL, "--port", "0", "--host", "0.0.0.0", "--json"], { AEPO_API_KEY: KEY });
  try {
    const { url } = JSON.parse(await first) as { url: string };
    const local = url.replace("0.0.0.0", "127.0.0.1");
    expect(await ask(local, "/v1/models")).toMatchObject({ status: 401, error: { code: "invalid_api_key" } });
    expect(await ask(local, "/v1/models", undefined, KEY)).toMatchObject({
      status: 200,
      data: [{ id: "bundled:atlas" }],
    });
    child.kill("SIGTERM");
    expect(await code).toBe(130);
  } finally {
    child.kill("SIGKILL");
  }
}, 120_000);

it("a port that is taken is named", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as { port: number };
  const { code, err, first } = serve([MODEL, "--port", String(port)]);
  await expect(first).rejects.toThrow("it ended");
  expect(await code).toBe(2);
  expect(err()).toBe(
    `aepo: cannot listen on 127.0.0.1:${port}: listen EADDRINUSE: address already in use 127.0.0.1:${port}\n` +
      "  to fix: give another --port, or --port 0 for one that is free\n",
  );
  other.close();
}, 120_000);

it("with --protocol tinker clients train and sample, and what they save is where it was said", async () => {
  const folder = mkdtempSync(join(tmpdir(), "aepo-serve-tinker-"));
  const { child, err, first, code } = serve([
    MODEL,
    "--protocol",
    "tinker",
    "--port",
    "0",
    "--checkpoints",
    folder,
    "--json",
  ]);
  try {
    const { url, ...told } = JSON.parse(await first) as { url: string };
    expect(told).toEqual({ model: MODEL, protocol: "tinker", reduction: "sum", checkpoints: folder });
    const call = async (path: string, body: object): Promise<Record<string, unknown>> => {
      const { request_id } = (await ask(url, `/api/v1${path}`, body)) as { request_id: string };
      return (await ask(url, "/api/v1/retrieve_future", { request_id })) as Record<string, unknown>;
    };
    const { session_id } = (await ask(url, "/api/v1/create_session", { tags: [], sdk_version: "test" })) as {
      session_id: string;
    };
    const lora_config = { rank: 4 };
    const { model_id } = await call("/create_model", { session_id, base_model: MODEL, lora_config });
    const chunks = [{ type: "encoded_text", tokens: [1, 2, 3] }];
    const data = [{ model_input: { chunks }, loss_fn_inputs: { target_tokens: { data: [2, 3, 4] } } }];
    const passed = await call("/forward_backward", {
      model_id,
      forward_backward_input: { data, loss_fn: "cross_entropy" },
    });
    expect(passed).toMatchObject({ status: 200, loss_fn_outputs: [{ logprobs: { shape: [3] } }] });
    expect(await call("/optim_step", { model_id, adam_params: {} })).toMatchObject({ metrics: { "aepo/datums": 1 } });
    const saved = await call("/save_weights", { model_id, path: "mine" });
    expect(saved["path"]).toBe(`tinker://${String(model_id)}/weights/mine`);
    expect(existsSync(join(folder, String(model_id), "weights", "mine", "optimizer.safetensors"))).toBe(true);
    const sampled = await call("/asample", {
      base_model: MODEL,
      prompt: { chunks },
      sampling_params: { max_tokens: 4, stop: [] },
    });
    expect(sampled).toMatchObject({ status: 200, sequences: [{ stop_reason: "length" }] });
    child.kill("SIGINT");
    expect(await code).toBe(130);
    expect(err()).toContain(`losses are summed; checkpoints go to ${folder}\nTinker protocol at http://127.0.0.1:`);
  } finally {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);
