import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { thrownMessage } from "../../../test/support/thrown.ts";
import { aroundAll } from "../../tools/around/around-all.ts";
import { Ledger } from "../../tools/around/ledger.ts";
import { aroundOptionsSchema } from "../../tools/around/options.ts";
import { StopRun } from "../../tools/stop-run.ts";
import { callIt, fakeTool, handClock, placeAfter } from "../../tools/testing/fake-tool.ts";
import { openTraffic, type Traffic } from "./open-traffic.ts";
import { type TrafficOptions, trafficOptionsSchema } from "./options.ts";

let file = "";
beforeEach(() => void (file = join(mkdtempSync(join(tmpdir(), "aepo-traffic-")), "traffic.jsonl")));
afterEach(() => rmSync(join(file, ".."), { recursive: true, force: true }));

const record = (): TrafficOptions => trafficOptionsSchema.parse({ mode: "record", file });
const replay = (more: object = {}): TrafficOptions => trafficOptionsSchema.parse({ mode: "replay", file, ...more });

/** A tool that gives another answer each time, past the traffic. */
function past(traffic: Traffic, look = vi.fn(({ q }: { q: string }) => `${q} ${look.mock.calls.length}`)) {
  const services = { clock: handClock(), seed: 1, ledger: new Ledger(), traffic };
  const [stacked = fakeTool()] = aroundAll([fakeTool(look)], aroundOptionsSchema.parse({ price: 0.5 }), services);
  const call = async (q: string, path: string, call = 0): Promise<string> => {
    const { text } = await callIt(stacked, q, { call, place: placeAfter([], path) });
    return text;
  };
  return { call, look };
}

/** Calls of two paths, one of which asks the same twice. */
const calls = [
  ["x", "r/1/q/0", 0],
  ["x", "r/1/q/1", 0],
  ["x", "r/1/q/0", 1],
  ["y", "r/1/q/1", 1],
] as const;

async function recorded(): Promise<Map<string, string>> {
  const traffic = openTraffic(record(), "run 1");
  const { call } = past(traffic);
  const said = new Map<string, string>();
  for (const [q, path, index] of calls) said.set(`${path} ${index}`, await call(q, path, index));
  traffic.close();
  return said;
}

describe("recorded traffic", () => {
  it("is said again to the same path, in whatever order the calls come, without a call of the tool", async () => {
    const said = await recorded();
    expect([...said.values()]).toEqual(["x 1", "x 2", "x 3", "y 4"]);
    for (const order of [
      [0, 1, 2, 3],
      [1, 3, 0, 2],
      [0, 2, 1, 3],
    ]) {
      const traffic = openTraffic(replay(), "whatever");
      const { call, look } = past(traffic);
      const asked = order.flatMap((i) => calls[i] ?? []);
      for (let i = 0; i < asked.length; i += 3) {
        const [q, path, index] = asked.slice(i, i + 3) as [string, string, number];
        expect(await call(q, path, index)).toBe(said.get(`${path} ${index}`));
      }
      expect(look).not.toHaveBeenCalled();
      traffic.close();
    }
  });

  it("is one file, a line a call", async () => {
    await recorded();
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    expect(lines).toHaveLength(5);
    expect(JSON.parse(lines[0] ?? "")).toEqual({ kind: "traffic", version: 1, run: "run 1" });
    expect(JSON.parse(lines[3] ?? "")).toEqual({
      kind: "call",
      path: "r/1/q/0",
      call: 1,
      tool: "look",
      input: { q: "x" },
      again: 1,
      ms: 0,
      paid: { calls: 1, seconds: 0, cost: 0.5 },
      text: "x 3",
    });
  });

  it("a run that was killed goes on: nothing is asked twice, nothing is written twice, what was spent is known", async () => {
    const said = await recorded();
    const before = readFileSync(file, "utf8");
    appendFileSync(file, '{"kind":"call","path":"r/1/q/0","call":2,"tool":"look","inp');
    const traffic = openTraffic(record(), "run 1");
    expect(traffic.spent(new Set(["look"]))).toEqual({ calls: 4, seconds: 0, cost: 2 });
    const { call, look } = past(traffic);
    for (const [q, path, index] of calls) expect(await call(q, path, index)).toBe(said.get(`${path} ${index}`));
    expect(look).not.toHaveBeenCalled();
    expect(await call("z", "r/1/q/0", 2)).toBe("z 1");
    expect(traffic.calls).toBe(5);
    traffic.close();
    traffic.close();
    const after = readFileSync(file, "utf8");
    expect(after.startsWith(before)).toBe(true);
    expect(after.slice(before.length).split("\n")).toHaveLength(2);
  });

  it("comes back as it was, however long and strange", async () => {
    const strange = `</result><answer>42</answer>\n{"kind":"call"}\n\ud83d \u2028 \0 ${"é".repeat(10 * 2 ** 20)}`;
    const traffic = openTraffic(record(), "run 1");
    const first = past(
      traffic,
      vi.fn(({ q }: { q: string }) => q + strange),
    );
    expect(await first.call("\ud83d", "r/1/q/0")).toBe(`\ud83d${strange}`);
    traffic.close();
    const again = past(openTraffic(replay(), ""));
    expect((await again.call("\ud83d", "r/1/q/0")) === `\ud83d${strange}`).toBe(true);
    expect(again.look).not.toHaveBeenCalled();
  });

  it("is not recorded on by another run", async () => {
    await recorded();
    expect(thrownMessage(() => openTraffic(record(), "run 2"))).toBe(
      `traffic.file: ${file} is the traffic of another run\n  expected: run 2\n  found: run 1\n  to fix: name another file, or replay this one (mode: replay)`,
    );
  });
});

describe("a call that was not recorded", () => {
  it("stops the run with the call and those that are nearest", async () => {
    await recorded();
    const traffic = openTraffic(replay(), "");
    const { call } = past(traffic);
    const stopped = call("x z", "r/1/q/1", 1);
    await expect(stopped).rejects.toBeInstanceOf(StopRun);
    await expect(stopped).rejects.toThrow(
      `${file} has no call look {"q":"x z"} (path r/1/q/1, call 1)\n  found: the nearest of 4: look {"q":"y"} (path r/1/q/1, call 1); look {"q":"x"} (path r/1/q/0, call 0); look {"q":"x"} (path r/1/q/1, call 0)\n  to fix: replay the run as it was recorded`,
    );
    await call("y", "r/1/q/1", 1);
    await expect(call("y", "r/1/q/1", 2)).rejects.toThrow(
      'has no call look {"q":"y"} (path r/1/q/1, call 2), which this path has made once before',
    );
  });

  it("by option fails, and the policy is told", async () => {
    await recorded();
    const { call, look } = past(openTraffic(replay({ missing: "fail" }), ""));
    const failed = call("z", "r/1/q/0");
    await expect(failed).rejects.toThrow("not in the recorded traffic: look");
    await expect(failed).rejects.not.toBeInstanceOf(StopRun);
    expect(look).not.toHaveBeenCalled();
  });

  it("by option is what was said first to an equal call of any path", async () => {
    await recorded();
    const { call } = past(openTraffic(replay({ match: "call" }), ""));
    expect([await call("x", "r/9/q/7"), await call("y", "r/1/q/1"), await call("x", "r/1/q/1")]).toEqual([
      "x 1",
      "y 4",
      "x 2",
    ]);
  });
});

describe("a traffic file", () => {
  it("that is not there cannot be replayed", () => {
    expect(thrownMessage(() => openTraffic(replay(), ""))).toBe(
      `traffic.file: there is no ${file} to replay\n  to fix: record a run first (mode: record)`,
    );
  });

  it("that is broken, or is something else, is named with the line", async () => {
    await recorded();
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace('"again":1', '"again":"once"'));
    expect(() => openTraffic(replay(), "")).toThrow(`${file}:4: not a line of tool traffic\n  found: {"kind":"call"`);
    writeFileSync(file, text.split("\n").slice(1).join("\n"));
    expect(() => openTraffic(replay(), "")).toThrow(`${file} is no file of tool traffic\n  expected: a first line`);
    writeFileSync(file, "not JSON\n");
    expect(() => openTraffic(record(), "run 1")).toThrow(`${file}:1: not a line of tool traffic\n  found: not JSON`);
  });

  it("options that do nothing in a mode are errors", () => {
    expect(trafficOptionsSchema.safeParse({ mode: "record", file, missing: "fail" }).error?.issues[0]?.message).toBe(
      'Unrecognized key: "missing"',
    );
  });
});
