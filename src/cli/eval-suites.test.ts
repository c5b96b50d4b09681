/** The command as a process against a local chat API: killed half-way it goes on to the same result; two results are compared. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readRecords } from "../eval/evaluation-folder.ts";
import { type ApiRequest, calls, says, scriptedApi } from "../eval/testing/scripted-api.ts";
import { evalCommand } from "./eval.ts";

const root = mkdtempSync(join(tmpdir(), "aepo-cli-eval-"));
afterAll(() => rmSync(root, { recursive: true }));
const QUESTIONS = 6;
writeFileSync(
  join(root, "bamboogle.jsonl"),
  Array.from(
    { length: QUESTIONS },
    (_, i) => `${JSON.stringify({ question: `Number ${i}?`, answer: [`${i}`] })}\n`,
  ).join(""),
);

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function start(args: readonly string[]): { kill(): void; readonly ended: Promise<Ended> } {
  const child = spawn(process.execPath, ["--import", "tsx", "src/cli/main.ts", "eval", ...args]);
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, out, err }));
  return { kill: () => void child.kill("SIGKILL"), ended };
}

/** Right about even numbers; what it says depends on the question and the seed it is sent, as that of a real server would. */
function answerOf({ body }: ApiRequest): string {
  const number = Number(/Number (\d)/.exec(String(body.messages.at(-1).content))?.[1]);
  return `\\boxed{${number % 2 === 0 || body.seed % 2 === 0 ? number : number + 1}}`;
}

function argumentsOf(url: string, name: string): string[] {
  const asked = [url, "--suite", "bamboogle", "--data", root, "--samples", "3", "--k", "1,3", "--metric", "exact"];
  return [...asked, "--out", join(root, name), "--json", "--set", "server.model=m", "server.concurrency=2"];
}

describe("aepo eval --suite", () => {
  it("killed half-way, the same command goes on to the same result", async () => {
    let held = false;
    let answered = 0;
    const api = await scriptedApi((request) => {
      // While it is held nothing more is answered.
      if (held && answered >= 8) return () => {};
      answered++;
      return says(answerOf(request));
    });
    const whole = await start(argumentsOf(api.url, "whole")).ended;
    expect(whole).toMatchObject({ code: 0 });
    [held, answered] = [true, 0];
    const killed = start(argumentsOf(api.url, "killed"));
    const journal = join(root, "killed", "journal.jsonl");
    await expect
      .poll(() => existsSync(journal) && readRecords(join(root, "killed")).length, { timeout: 60_000 })
      .toBe(2);
    killed.kill();
    expect((await killed.ended).code).toBeNull();
    held = false;
    const before = api.requests.length;
    const resumed = await start(argumentsOf(api.url, "killed")).ended;
    expect(resumed.code).toBe(0);
    // Two of six questions were finished: 4 · 3 attempts are asked for.
    expect(api.requests.length - before).toBe(12);
    for (const file of ["result.json", "result.md", "result.html"]) {
      expect(readFileSync(join(root, "killed", file), "utf8")).toBe(readFileSync(join(root, "whole", file), "utf8"));
    }
    const [line, of] = [resumed.out, whole.out].map((text) => JSON.parse(text));
    expect(line).toEqual({ ...of, out: join(root, "killed"), report: join(root, "killed", "result.html") });
    expect(line.suites[0]).toMatchObject({ suite: "bamboogle", metric: "exact", questions: 6, attempts: 18 });

    const compared = await start(["--compare", join(root, "whole"), join(root, "killed"), "--json"]).ended;
    expect(compared.code).toBe(0);
    expect(JSON.parse(compared.out).suites[0].figures[0]).toMatchObject({ name: "avg", questions: 6, p: 1 });
    await api.close();
  }, 180_000);

  it("with a recipe: its task's tools are called, by the limits of the task or others", async () => {
    const api = await scriptedApi(({ body }) => {
      // In the paper's tags, without the one that ends the turn, as chat APIs answer.
      const result = /^<result> n?(\w+) <\/result>$/.exec(body.messages.at(-1).content)?.[1];
      return says(result === undefined ? "<calc> n1 + n1" : `<answer> ${result}`);
    });
    const common = [api.url, "--suite", "bamboogle", "--data", root, "--limit", "3", "--metric", "exact", "--json"];
    const recipe = [...common, "--recipe", "calculator", "--out", join(root, "recipe"), "--set", "server.model=m"];
    const { code, out } = await start(recipe).ended;
    await api.close();
    expect(code).toBe(0);
    // 1 + 1 = 2, or the calculator is busy: right about the third question at most.
    const [suite] = JSON.parse(out).suites;
    expect(suite).toMatchObject({ questions: 3, perAttempt: { toolCalls: 1, failedCalls: 0 } });
    const results = readRecords(join(root, "recipe")).flatMap(({ attempts }) => attempts[0]?.turns[0]?.result ?? []);
    expect(results.map(({ tool, input }) => [tool, input])).toEqual(results.map(() => ["calc", "n1 + n1"]));
    expect(results.every(({ text }) => text === "n2" || text === "busy")).toBe(true);
    expect(api.requests[0]?.body.stop).toEqual(["</calc>", "</answer>", "<result>"]);
  }, 60_000);

  it("with a recipe's agent: its system prompt and tools, calls as data", async () => {
    const api = await scriptedApi(({ body }) => {
      const last = body.messages.at(-1);
      return last.role === "tool" ? says(last.content) : calls(["calculator", '{"expression": "7 - 5"}']);
    });
    const recipe = join(root, "agent.yaml");
    const task = {
      name: "agent",
      dialect: "hermes",
      system: "Compute.",
      tools: { calculator: {} },
      limits: { calls: 2 },
    };
    const data = { train: [{ file: join(root, "bamboogle.jsonl") }] };
    writeFileSync(recipe, JSON.stringify({ task: { ...task, data }, train: { steps: 1 } }));
    const args = [
      api.url,
      "--suite",
      "bamboogle",
      "--data",
      root,
      "--limit",
      "3",
      "--metric",
      "exact",
      "--recipe",
      recipe,
    ];
    const { code, out, err } = await start([...args, "--out", join(root, "agent"), "--json", "--set", "server.model=m"])
      .ended;
    await api.close();
    expect([code, err.includes("with calculator")]).toEqual([0, true]);
    // 7 − 5 is the answer to "Number 2?" alone.
    expect(JSON.parse(out).suites[0]).toMatchObject({ right: 1, perAttempt: { toolCalls: 1, failedCalls: 0 } });
    expect(api.requests[0]?.body.messages[0]).toEqual({ role: "system", content: "Compute." });
    expect(api.requests[0]?.body.tools[0].function.name).toBe("calculator");
    expect(readRecords(join(root, "agent"))[0]?.attempts[0]?.turns[0]?.result).toEqual({
      tool: "calculator",
      input: "7 - 5",
      text: "2",
      failed: null,
    });
  }, 60_000);

  it.each<[readonly string[], string]>([
    [[], "nothing to evaluate\n  expected: aepo eval POLICY, or aepo eval --compare A B\n"],
    [["x", "--suite", "gsm9k"], 'there is no suite "gsm9k"\n'],
    [["x", "--suite", "gsm8k", "--k", "1,x"], "--k 1,x\n  expected: whole numbers from 1, with commas: 1,3,5\n"],
    [["bundled:atlas", "--out", "x"], "--out has no effect without --suite\n  to fix: leave it out, or name a suite\n"],
    [
      ["--compare", "a"],
      "--compare takes two folders, not 1\n  expected: aepo eval --compare runs/eval-A runs/eval-B\n",
    ],
  ])("%j", async (args, message) => {
    await expect(evalCommand().parseAsync([...args], { from: "user" })).rejects.toThrow(message.trim());
  });
});
