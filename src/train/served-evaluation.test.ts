/**
 * A run with adapters, evaluated in this process and on our own server with the adapters loaded there: the same tokens, whatever
 * sends them.
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rejectionMessage } from "../../test/support/thrown.ts";
import { serverOptionsSchema } from "../eval/chat/server-options.ts";
import { evalOptionsSchema } from "../eval/evaluate.ts";
import { says, scriptedApi } from "../eval/testing/scripted-api.ts";
import { growTrees } from "../rollout/grow.ts";
import { wholeRollouts } from "../rollout/whole-rollouts.ts";
import { type OpenLoraBase, openLoraBase } from "../serve/lora/open-lora-base.ts";
import { type ModelServer, startServer } from "../serve/server.ts";
import { systemClock } from "../std/clock.ts";
import { evaluatePolicy } from "./api.ts";
import { policySchema, runConfigSchema } from "./config.ts";
import { openPolicy } from "./open.ts";
import { evaluateServed, type ServedEvaluation } from "./served-evaluation.ts";
import { openServedModel, type ServedModelRequest } from "./served-model.ts";
import { makeTask, taskSchema } from "./tasks.ts";
import { train } from "./train.ts";

const root = mkdtempSync(join(tmpdir(), "aepo-served-"));
const run = join(root, "run");
const task = makeTask(taskSchema.parse({ name: "atlas" }));
const engine = policySchema.parse({ checkpoint: "bundled:atlas", threads: 1 });
const { signal } = new AbortController();
let base: OpenLoraBase;
let server: ModelServer;

async function start(lora: boolean): Promise<ModelServer> {
  return startServer({
    model: {
      id: "base",
      policy: base.policy,
      tokenizer: base.tokenizer,
      dialect: null,
      contextTokens: base.policy.info.maxSequenceTokens,
      defaultTokens: 20,
      seed: 1,
      created: 1_700_000_000,
    },
    host: "127.0.0.1",
    port: 0,
    apiKey: null,
    maxOpen: 256,
    now: () => 1_700_000_001,
    report: (thrown) => expect(thrown).toBeNull(),
    lora: lora ? base.lora : null,
  });
}

beforeAll(async () => {
  const config = runConfigSchema.parse({
    seed: 3,
    algorithm: { name: "grpo", groupSize: 4 },
    policy: { checkpoint: "bundled:atlas", lora: { rank: 2, alpha: 4 }, threads: 1 },
    optimizer: { learningRate: 3e-2 },
    train: { steps: 1, questionsPerStep: 2 },
    eval: { every: 0 },
    run: { folder: run, rolloutsEvery: 0 },
  });
  await train({ task, config, resolved: config });
  base = await openLoraBase(engine, { allowed: root, most: 2 });
  server = await start(true);
}, 120_000);
afterAll(async () => {
  await server.close();
  await base.close();
  rmSync(root, { recursive: true, force: true });
});

const EVAL = evalOptionsSchema.parse({ questions: 2, samples: 1, k: [1] });

function request(changes: Partial<ServedEvaluation> = {}): ServedEvaluation {
  return {
    model: run,
    server: { url: server.url, kind: null, adapter: { path: null } },
    options: undefined,
    apiKey: null,
    clock: systemClock,
    signal,
    task,
    eval: EVAL,
    split: "test",
    seed: 5,
    toolTimeoutMs: 30_000,
    ...changes,
  };
}

const models = async (): Promise<string[]> => {
  const listed = (await (await fetch(`${server.url}/v1/models`)).json()) as { data: { id: string }[] };
  return listed.data.map(({ id }) => id);
};

describe("a run's adapters on our own server", () => {
  it("write token for token what they write in this process", async () => {
    const local = await openPolicy(policySchema.parse({ checkpoint: run, threads: 1 }));
    const served = await openServedModel(request());
    expect(await models()).toEqual(["base", expect.stringMatching(/^aepo-[0-9a-f]{16}$/) as string]);
    expect(served.description).toMatch(/^adapters of step-0+1 beside base on aepo, token ids: return_token_ids, /);
    const grown = async (policy: NonNullable<typeof served.policy>) => {
      const sampler = policy.openSampler();
      const options = { task, tokenizer: served.tokenizer, sampler, rules: wholeRollouts(2), seed: 9, name: "eval" };
      const questions = Array.from({ length: 2 }, (_, i) => task.question("test", i));
      const rest = { questions, step: 0, placeName: "eval", temperature: 1, entropyDivisor: 1, overlap: false };
      const trees = await growTrees({ ...options, ...rest, toolTimeoutMs: 30_000, clock: systemClock, signal });
      await sampler.close();
      return trees.map(({ promptIds, nodes, paths }) => ({
        promptIds,
        paths: paths.map(({ end, reward }) => [end, reward]),
        turns: nodes.map(({ turn, result }) => [turn?.ids, result?.ids]).sort(),
      }));
    };
    if (served.policy === null) throw new Error("it speaks token ids");
    const [here, there] = [await grown(local.policy), await grown(served.policy)];
    expect(there).toEqual(here);
    expect(here[0]?.turns.length).toBeGreaterThan(2);
    await served.close();
    await local.close();
    expect(await models()).toEqual(["base"]);
  });

  it("give the same record, and are gone afterwards", async () => {
    const policy = policySchema.parse({ checkpoint: run, threads: 1 });
    const { seconds: _, ...here } = await evaluatePolicy({ task, policy, eval: EVAL, seed: 5 });
    const { seconds: __, ...there } = await evaluateServed(request());
    expect(there).toEqual(here);
    expect(await models()).toEqual(["base"]);
  });

  it("are gone when the evaluation is stopped, or fails", async () => {
    const stop = new AbortController();
    const stopped = evaluateServed(request({ signal: stop.signal, onOpen: () => stop.abort(new Error("Ctrl-C")) }));
    expect(await rejectionMessage(stopped)).toBe("Ctrl-C");
    const broken = { ...task, limits: { ...task.limits, tokens: 10_000 } };
    expect(await rejectionMessage(evaluateServed(request({ task: broken })))).toContain("allows longer paths");
    expect(await models()).toEqual(["base"]);
  });
});

describe("a server that does not load them", () => {
  const opened = (changes: Partial<ServedModelRequest>): Promise<string> =>
    rejectionMessage(openServedModel(request(changes)));
  const checkpoint = (): string => join(run, "checkpoints", readdirSync(join(run, "checkpoints"))[0] ?? "");

  it("says how to start one that does", async () => {
    const other = await start(false);
    const said = await opened({ server: { url: other.url, kind: null, adapter: { path: null } } });
    await other.close();
    expect(said).toBe(
      "the server does not load the adapter: /v1/load_lora_adapter: the server answered 403 adapters are not loaded here: start the server with --allow-lora FOLDER\n" +
        `  found: ${checkpoint()}, which must be a folder that the server can read\n` +
        "  to fix: start it with aepo serve MODEL --allow-lora FOLDER",
    );
    expect(await opened({ server: { url: server.url, kind: null, adapter: { path: "/elsewhere" } } })).toContain(
      'lora_path: "/elsewhere" is not in the folder that adapters are loaded from here',
    );
  });

  it.each([
    ["vllm", 404, "VLLM_ALLOW_RUNTIME_LORA_UPDATING=True"],
    ["sglang", 404, "--lora-target-modules all"],
    ["vllm", 400, "if the server sees the folder elsewhere, say where: --adapter PATH"],
  ] as const)("%s answers %d", async (kind, status, fix) => {
    const asked: string[] = [];
    const api = await scriptedApi(({ path, body }) => {
      asked.push(path);
      if (path === "/v1/models") return { data: [{ id: "m", owned_by: kind }] };
      if (path.endsWith("load_lora_adapter")) {
        return (response) => {
          response.statusCode = status;
          response.end('{"detail":"Not Found"}');
        };
      }
      const ids = Array.from({ length: body.max_tokens }, (_, i) => i);
      return { choices: [{ index: 0, token_ids: ids, finish_reason: "length" }] };
    });
    const said = await opened({ server: { url: api.url, kind: null, adapter: { path: null } } });
    await api.close();
    expect(said).toContain(fix);
    expect(asked.at(-1)).toBe(kind === "sglang" ? "/load_lora_adapter" : "/v1/load_lora_adapter");
  });

  it("a checkpoint without adapters, settings without effect, another tokenizer, no such model", async () => {
    expect(await opened({ model: "bundled:atlas" })).toMatch(/^--adapter: bundled:atlas holds no adapters\n/);
    const target = { server: { url: server.url, kind: null, adapter: null } } as const;
    expect(await opened({ ...target, options: serverOptionsSchema.parse({ turnTokens: 5 }) })).toMatch(
      /^server.turnTokens: has no effect on a server that is asked by token ids\n/,
    );
    expect(await opened({ ...target, options: serverOptionsSchema.parse({ model: "gpt" }) })).toBe(
      `${server.url}/v1 has no model "gpt"\n  found: base\n  to fix: name one: --set server.model=NAME`,
    );
  });
});

it("a server of texts alone is asked as a chat API, and says so", async () => {
  const api = await scriptedApi(({ path }) => {
    if (path === "/v1/models") return { data: [{ id: "m", owned_by: "openai" }] };
    if (path === "/v1/chat/completions") return says("<think> x </think> <answer> nobody </answer>");
    return (response) => {
      response.statusCode = 404;
      response.end('{"error":{"message":"no such route"}}');
    };
  });
  const warnings: string[] = [];
  const server = { url: api.url, kind: null, adapter: null };
  const record = await evaluateServed(request({ server, onWarning: (text) => warnings.push(text) }));
  expect(warnings).toEqual([
    `${api.url}/v1 speaks no token ids (/v1/completions: the server answered 404 no such route): it is asked as a chat API, by texts`,
  ]);
  expect(record).toMatchObject({ questions: 2, samples: 1, formatShare: 1 });
  await api.close();
});
