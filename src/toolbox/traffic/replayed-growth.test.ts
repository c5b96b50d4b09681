import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Environment } from "../../envs/task.ts";
import { byPath, type Counter, growSmall, smallTask, testRules } from "../../rollout/testing/small-world.ts";
import type { RolloutTree } from "../../rollout/tree.ts";
import { aroundAll } from "../../tools/around/around-all.ts";
import { Ledger } from "../../tools/around/ledger.ts";
import { aroundOptionsSchema } from "../../tools/around/options.ts";
import { handClock } from "../../tools/testing/fake-tool.ts";
import type { AnyTool } from "../../tools/tool.ts";
import { openTraffic } from "./open-traffic.ts";
import { trafficOptionsSchema } from "./options.ts";

let file = "";
beforeEach(() => void (file = join(mkdtempSync(join(tmpdir(), "aepo-replay-")), "traffic.jsonl")));
afterEach(() => rmSync(join(file, ".."), { recursive: true, force: true }));

/** Three questions, paths that branch, calls that are the same on every path. */
const script = byPath({ 0: [0, 1, 1, 0, "answer"], 1: [0, 1, "answer"], 2: [1, 0, "answer"], 3: [0, "answer"] });
const forks: Environment<Counter> = { initial: () => ({ calls: 0 }), fork: (state) => ({ ...state }) };
const replays: Environment<Counter> = { initial: () => ({ calls: 0 }), replayable: true };

interface Grown {
  readonly trees: RolloutTree[];
  readonly made: number;
}

/** What the tool says depends on when it is called, as the web does: only the record can say it again. */
async function grow(mode: "record" | "replay", environment: Environment<Counter>, overlap = false): Promise<Grown> {
  let made = 0;
  // Where states are made again by calls, a call must say the same again: only its delay differs.
  const isSteady = environment.fork === undefined;
  const task = smallTask({
    environment,
    async look(_, { state }) {
      const number = made++;
      await new Promise((resolve) => setTimeout(resolve, (number * 7) % 5));
      if (!isSteady && number % 4 === 3) throw new Error(`error ${number}`);
      return { text: `n${isSteady ? state.calls : number}`, state: { calls: state.calls + 1 } };
    },
  });
  const traffic = openTraffic(trafficOptionsSchema.parse({ mode, file }), "this run");
  const services = { clock: handClock(), seed: 1, ledger: new Ledger(), traffic };
  const options = aroundOptionsSchema.parse({ timeoutMs: 60_000, concurrency: 2, budget: { path: { calls: 3 } } });
  const tools = aroundAll(task.tools, options, services) as AnyTool<Counter>[];
  try {
    const trees = await growSmall(script, {
      task: { ...task, tools, stateKey: (_, { calls }) => `after ${calls}` },
      rules: testRules({ groupSize: 5 }),
      questions: 3,
      stateKeys: true,
      overlap,
      toolTimeoutMs: 60_000,
    });
    return { trees, made };
  } finally {
    traffic.close();
  }
}

describe("a growth with recorded traffic", () => {
  it.each([
    ["forked", forks],
    ["made again by calls", replays],
  ])("is the same bytes without a call, where states are %s", async (_, environment) => {
    const first = await grow("record", environment);
    expect(first.made).toBeGreaterThan(15);
    expect(
      first.trees.flatMap(({ paths }) => paths.filter(({ origin }) => origin.kind === "fork")).length,
    ).toBeGreaterThan(2);
    const lines = readFileSync(file, "utf8");
    const again = await grow("replay", environment);
    expect(again.made).toBe(0);
    expect(JSON.stringify(again.trees)).toBe(JSON.stringify(first.trees));
    expect(readFileSync(file, "utf8")).toBe(lines);
    // Recording on what is recorded already is the same.
    const resumed = await grow("record", environment);
    expect(resumed.made).toBe(0);
    expect(readFileSync(file, "utf8")).toBe(lines);
  });

  it("AEPO-R10: is the same calls and results even where decoding does not wait for tools", async () => {
    const results = ({ trees }: Grown): string[] =>
      trees.flatMap(({ nodes }) => nodes.flatMap(({ result }) => result?.text ?? [])).sort();
    const first = await grow("record", forks, true);
    const again = await grow("replay", forks);
    expect(again.made).toBe(0);
    expect(results(again)).toEqual(results(first));
  });
});
