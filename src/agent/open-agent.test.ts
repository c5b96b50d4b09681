import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rejectionMessage } from "../../test/support/thrown.ts";
import { sdkServer } from "../toolbox/mcp/testing/servers.ts";
import { describeTool } from "../tools/describe-tool.ts";
import type { AgentOptionsInput } from "./agent-options.ts";
import { openAgent } from "./open-agent.ts";
import type { ToolStates } from "./tool-states.ts";

let place = "";
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), "aepo-open-agent-"));
  mkdirSync(join(place, "corpus"));
  writeFileSync(join(place, "corpus/ada.txt"), "ada lives in rome\n");
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

const rows = [
  { question: "Where does Ada live?", answer: "Rome" },
  { question: "Where does Bob live?", answer: "Oslo" },
];
const search = () => ({ provider: "index" as const, corpus: join(place, "corpus") });
const options = (more: Partial<AgentOptionsInput> = {}) => ({
  tools: { calculator: {}, search: search() },
  data: { train: [{ rows }], shuffle: false },
  ...more,
});

async function open(more: Partial<AgentOptionsInput> = {}, opening: Parameters<typeof openAgent>[1] = {}) {
  const warnings: string[] = [];
  const agent = await openAgent(options(more), { onWarning: (text) => warnings.push(text), ...opening });
  return { ...agent, warnings };
}

const context = (state: ToolStates = {}) => ({ state, call: 0, signal: new AbortController().signal });

describe("the prompt of an agent", () => {
  it("says in the paper's tags how the tools are called", async () => {
    const { task, close } = await open();
    const { chat, prompt } = task.question("train", 0);
    expect(prompt).toBe("Where does Ada live?");
    expect(chat?.tools).toBeUndefined();
    const [system, user] = chat?.messages ?? [];
    expect(user).toEqual({ role: "user", content: "Where does Ada live?" });
    for (const part of ["<calculator> your input here </calculator>", "<search>", "<think>", "<answer>", "\\boxed{"]) {
      expect(system?.content).toContain(part);
    }
    await close();
  });

  it("leaves the tools to the chat template where the dialect is a model's own", async () => {
    const { task, close } = await open({ dialect: "hermes" });
    const { chat } = task.question("train", 0);
    expect(chat?.messages.map(({ role }) => role)).toEqual(["user"]);
    expect(chat?.tools?.map((tool) => tool.function.name)).toEqual(["calculator", "search"]);
    await close();
    const told = await open({ dialect: "hermes", system: "Be brief." });
    expect(told.task.question("train", 0).chat?.messages[0]).toEqual({ role: "system", content: "Be brief." });
    await told.close();
  });

  it("is the question alone where it is to be plain, and nothing before it where system is empty", async () => {
    const plain = await open({ prompt: "plain" });
    expect(plain.task.question("train", 0).chat).toBeUndefined();
    await plain.close();
    const silent = await open({ system: "" });
    expect(silent.task.question("train", 0).chat?.messages).toHaveLength(1);
    await silent.close();
  });

  it("is the data's own where it has one, and says where that is for other tools or another dialect", async () => {
    const prompt = (system: string) => [
      { role: "system", content: system },
      { role: "user", content: "Where?" },
    ];
    const of = (system: string) => ({
      train: [{ rows: [{ prompt: prompt(system), reward_model: { ground_truth: "Rome" } }] }],
    });
    const fitting = await open({ data: of("Use <search> q </search> first.") });
    expect(fitting.task.question("train", 0).chat?.messages[0]?.content).toBe("Use <search> q </search> first.");
    expect(fitting.warnings).toEqual([]);
    await fitting.close();
    const foreign = await open({ data: of("Use <python> code </python> or <search> q </search>.") });
    expect(foreign.warnings).toEqual([
      "the data's system prompt speaks of <python>, which the agent has not; it has calculator, search (task.system replaces the prompt)",
    ]);
    await foreign.close();
    const other = await open({ data: of("Use <search> q </search>."), dialect: "hermes" });
    expect(other.task.question("train", 0).chat?.messages.map(({ role }) => role)).toEqual(["user"]);
    expect(other.warnings).toEqual([
      "1 questions bring a system prompt that the model is not told: dialect hermes has tools described by the chat template (task.system can say it)",
    ]);
    await other.close();
  });
});

describe("the tools of an agent", () => {
  it("work, each with a state of its own, and keep a ledger that is taken once", async () => {
    const { task, close } = await open();
    const [calculator, found] = task.tools;
    expect(await calculator?.execute({ expression: "2 + 3" }, context())).toEqual({ text: "5", state: {} });
    expect(await found?.execute({ query: "ada" }, context())).toMatchObject({ text: "Page 1: ada lives in rome" });
    expect(await rejectionMessage(Promise.resolve(calculator?.execute({ expression: "2 +" }, context())))).not.toBe(
      "nothing was thrown",
    );
    const figures = task.takeToolFigures?.() ?? {};
    expect([figures["calculator"]?.calls, figures["calculator"]?.ok, figures["search"]?.calls]).toEqual([2, 1, 1]);
    expect(task.takeToolFigures?.()).toEqual({});
    await close();
    await close();
  });

  it("have around them what is said for all of them, or for one", async () => {
    const { task, close } = await open({ around: { all: { budget: { path: { calls: 5 } } }, search: { cache: {} } } });
    const found = task.tools[1];
    await found?.execute({ query: "ada" }, context());
    await found?.execute({ query: "ada" }, context());
    expect(task.takeToolFigures?.()["search"]).toMatchObject({ calls: 2, cached: 1 });
    await close();
    const counted: string[] = [];
    const tokenCounter = async () => (text: string) => {
      counted.push(text);
      return text.split(" ").length;
    };
    const cut = await open({ around: { all: { truncate: { tokens: 32 } } } }, { tokenCounter });
    await cut.task.tools[1]?.execute({ query: "ada" }, context());
    expect(counted.length).toBeGreaterThan(0);
    await cut.close();
  });

  it("may be of one's own file, beside the others", async () => {
    const file = join(place, "echo.mjs");
    const input = `{ safeParse: (data) => ({ success: true, data }), parse: (data) => data }`;
    writeFileSync(file, `export const tool = { name: "echo", description: "x", input: ${input}, execute: (x) => x };`);
    const { task, close } = await open({ tools: { calculator: {}, own: { file } }, prompt: "plain" });
    expect(task.tools.map(({ name }) => name)).toEqual(["calculator", "echo"]);
    await close();
    expect(await rejectionMessage(open({ tools: { own: { file, export: "other" } } }))).toBe(
      `${file} exports no "other"\n  expected: tool({ name, description, input, execute })\n  to fix: export it, or name what is exported with export`,
    );
  });
});

describe("what cannot work fails when the agent is opened", () => {
  it.each([
    [
      { tools: { search: [{ provider: "index" as const, corpus: "/nowhere" }, { provider: "brave" as const }] } },
      /\/nowhere/,
    ],
    [
      { tools: { calculator: {}, search: { provider: "brave" as const, keyEnv: "AEPO_NO_SUCH_KEY" } } },
      /AEPO_NO_SUCH_KEY/,
    ],
    [
      { around: { serach: { timeoutMs: 5 } } },
      /^task\.around\.serach: there is no tool "serach"\n {2}found: all, calculator, search\n/,
    ],
    [
      { around: { all: { timeoutMs: 5 }, calculator: { timeoutMs: 6 }, search: { timeoutMs: 7 } } },
      /^task\.around\.all\.timeoutMs has no effect: every tool says its own/,
    ],
    [{ around: { all: { truncate: { tokens: 50 } } } }, /truncate counts tokens, and no model's tokenizer is at hand/],
    [{ traffic: { mode: "replay" as const, file: "/nowhere/t.jsonl" } }, /there is no \/nowhere\/t\.jsonl to replay/],
    [{ reward: { parts: [{ bonus: { tools: ["python"] } }, "exact"] } }, /python/],
  ])("%j", async (more, message) => {
    expect(await rejectionMessage(open(more as Partial<AgentOptionsInput>))).toMatch(message);
  });

  it("two tools of one name", async () => {
    expect(await rejectionMessage(open({ tools: { search: [search(), search()] } }))).toBe(
      'two tools of the agent are named "search"\n  found: search, search\n  to fix: give one of them another name (name: …, prefix: …), or leave it out',
    );
    const named = await open({ tools: { search: [search(), { ...search(), name: "more" }] } });
    expect(named.task.tools.map(({ name }) => name)).toEqual(["search", "more"]);
    await named.close();
  });

  it("options that are wrong, with their place", async () => {
    const wrong = { ...options(), tools: {} } as unknown as Parameters<typeof openAgent>[0];
    expect(await rejectionMessage(openAgent(wrong))).toContain("an agent has at least one tool");
  });
});

it("a plan opens no tool: no key, program or file of theirs has to be there", async () => {
  const tools = {
    search: [{ provider: "brave" as const, keyEnv: "AEPO_NO_SUCH_KEY" }],
    python: { interpreter: "/nowhere/python3" },
  };
  const { task, close } = await open({ tools }, { purpose: "plan" });
  expect(task.tools.map(({ name }) => name)).toEqual(["python", "search"]);
  expect(await rejectionMessage(Promise.resolve().then(() => task.tools[0]?.execute("x", context())))).toContain(
    "only planned with",
  );
  await close();
});

it("only a run records its traffic", async () => {
  const file = join(place, "traffic.jsonl");
  const traffic = { mode: "record" as const, file };
  await (await open({ traffic }, { purpose: "use" })).close();
  expect(existsSync(file)).toBe(false);
  const run = await open({ traffic });
  await run.task.tools[0]?.execute({ expression: "1 + 1" }, context());
  await run.close();
  // The same options with another seed are another run.
  expect(await rejectionMessage(open({ traffic }, { seed: 2 }))).toContain("is the traffic of another run");
  const replay = await open({
    traffic: { mode: "replay", file },
    tools: { calculator: {}, search: { provider: "brave" } },
  });
  expect(replay.task.tools.map(({ name }) => name)).toEqual(["calculator", "search"]);
  expect(await replay.task.tools[0]?.execute({ expression: "1 + 1" }, context())).toMatchObject({ text: "2" });
  await replay.close();
});

it("what is always solved is asked by its chance: the curriculum goes with the task", async () => {
  const { task, close } = await open({ data: { train: [{ rows }], curriculum: { after: 2 } } });
  expect(task.curriculum?.size).toBe(2);
  await close();
});

it("an MCP server's tools are recorded with what they are, and replayed without the server", async () => {
  const file = join(place, "mcp.jsonl");
  const ask = async ({ task }: Awaited<ReturnType<typeof open>>) => {
    const sum = task.tools.find(({ name }) => /add/.test(name));
    return sum?.execute(sum.input.parse({ a: 2 }), context());
  };
  const mcp = { ...sdkServer, tools: ["addNumbers"] };
  const run = await open({ tools: { mcp }, traffic: { mode: "record", file } });
  const described = run.task.tools.map(describeTool);
  expect(described).toHaveLength(1);
  expect(await ask(run)).toMatchObject({ text: "3" });
  await run.close();
  const replayed = await open({ tools: { mcp: { command: "/nowhere/server" } }, traffic: { mode: "replay", file } });
  expect(replayed.task.tools.map(describeTool)).toEqual(described);
  expect(await ask(replayed)).toMatchObject({ text: "3" });
  expect(Object.values(replayed.task.takeToolFigures?.() ?? {})[0]).toMatchObject({ calls: 1, replayed: 1 });
  await replayed.close();
  // A call that was not recorded ends the run: nothing is made up.
  const again = await open({ tools: { mcp }, traffic: { mode: "replay", file } });
  const [sum] = again.task.tools;
  expect(await rejectionMessage(Promise.resolve(sum?.execute(sum.input.parse({ a: 5 }), context())))).toContain(
    "mcp.jsonl has no call",
  );
  await again.close();
  expect(await rejectionMessage(open({ tools: { calculator: {}, mcp: { command: "/nowhere/server" } } }))).toContain(
    "/nowhere/server",
  );
}, 60_000);
