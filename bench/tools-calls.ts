/** What stands around a tool: time per call of the whole stack beyond the tool itself, and a thousand slow calls under one limit. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { callTool } from "../src/rollout/call-tool.ts";
import { systemClock } from "../src/std/clock.ts";
import { openTraffic } from "../src/toolbox/traffic/open-traffic.ts";
import { aroundAll } from "../src/tools/around/around-all.ts";
import { Ledger } from "../src/tools/around/ledger.ts";
import { ledgerTable } from "../src/tools/around/ledger-table.ts";
import { aroundOptionsSchema } from "../src/tools/around/options.ts";
import { type AnyTool, tool } from "../src/tools/tool.ts";
import { note, rounded, row } from "./output.ts";
import type { PartOptions } from "./parts.ts";
import { takeTurns, timed } from "./timing.ts";

/** Characters of a result: a page of search results. */
const RESULT = "a result with some words of its own, ".repeat(100);
const ROUNDS = 7;
const CONCURRENCY = 50;
const SLOW_MS = 20;

/** Every wrapper there is. Nothing in it ever waits. */
const WHOLE = aroundOptionsSchema.parse({
  timeoutMs: 10_000,
  retry: {},
  concurrency: CONCURRENCY,
  rate: { calls: 1_000_000, perMs: 1000 },
  price: 0.001,
  budget: { path: { calls: 1_000_000 }, run: { cost: 1_000_000 } },
  truncate: { tokens: 8192 },
  cache: {},
});

const input = z.object({ query: z.string(), limit: z.int().optional() });

/** A count that is meant for rows or documents is no reason to make more calls. */
const CALLS = 1000;

export async function benchCalls(options: PartOptions): Promise<object> {
  const count = Math.min(options.count ?? CALLS, CALLS);
  const folder = mkdtempSync(join(tmpdir(), "aepo-bench-"));
  try {
    return { ...(await overhead(folder, count)), ...(await slowCalls(count)) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One call after the other, each with another input: nothing is answered from the cache, everything is written to a file. */
async function overhead(folder: string, count: number): Promise<object> {
  const page = tool({
    name: "page",
    description: "",
    input,
    execute: async ({ query }) => `${query} ${RESULT}`,
  });
  const traffic = openTraffic({ mode: "record", file: join(folder, "traffic.jsonl") }, "bench");
  const services = { clock: systemClock, seed: 1, ledger: new Ledger(), countTokens, traffic };
  const [whole = page] = aroundAll([page], WHOLE, services);
  let number = 0;
  const calls = (one: AnyTool) => async (): Promise<void> => {
    for (let i = 0; i < count; i++) await made(one, number++);
  };
  const timings = await takeTurns([timed("bare", calls(page)), timed("whole", calls(whole))], ROUNDS);
  const cpuMs = (await cpuOf(calls(whole), count)) - (await cpuOf(calls(page), count));
  traffic.close();
  const [bareMs, wholeMs] = [timings.median("bare"), timings.median("whole")].map((s) => (1000 * s) / count);
  const callOverheadMs = (wholeMs ?? Number.NaN) - (bareMs ?? Number.NaN);
  row("ms a call", "bare", "whole stack", "overhead");
  row(`${count} calls, ${ROUNDS} rounds`, rounded(bareMs ?? 0), rounded(wholeMs ?? 0), rounded(callOverheadMs));
  note(ledgerTable(services.ledger.read()));
  row("of it processor time", "", "", rounded(cpuMs));
  return { callOverheadMs: rounded(callOverheadMs), callCpuMs: rounded(cpuMs) };
}

/** Processor time of one call in milliseconds: what is left of a measurement on a machine that is not quiet. */
async function cpuOf(calls: () => Promise<void>, count: number): Promise<number> {
  const before = process.cpuUsage();
  await calls();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / count;
}

async function slowCalls(count: number): Promise<object> {
  let [running, most] = [0, 0];
  const slow = tool({
    name: "slow",
    description: "",
    input,
    async execute({ query }) {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
      running--;
      return query;
    },
  });
  const services = { clock: systemClock, seed: 1, ledger: new Ledger(), countTokens };
  const [whole = slow] = aroundAll([slow], WHOLE, services);
  const startedMs = systemClock.nowMs();
  await Promise.all(Array.from({ length: count }, (_, i) => made(whole, i)));
  const seconds = (systemClock.nowMs() - startedMs) / 1000;
  const least = (Math.ceil(count / CONCURRENCY) * SLOW_MS) / 1000;
  row(
    `${count} slow calls at once`,
    `limit ${CONCURRENCY}`,
    `most ${most}`,
    `${rounded(seconds)} s`,
    `least ${least} s`,
  );
  return {
    slowCalls: count,
    slowLimit: CONCURRENCY,
    slowMost: most,
    slowSeconds: rounded(seconds),
    slowLeastSeconds: least,
  };
}

/** As a rollout makes it. Throws on a call that failed. */
async function made(one: AnyTool, number: number): Promise<void> {
  const place = { path: `bench/${number}`, before: [], beforeMs: 0 };
  const request = { tool: one.name, input: `{"query":"${number}"}`, call: 0, state: undefined, place };
  const { failed } = await callTool([one], request, 60_000, new Set());
  if (failed !== null) throw new Error(failed);
}

/** Of a shape like a tokenizer's, without being one: what a real one takes is its own time. */
function countTokens(text: string): number {
  return Math.ceil(text.length / 4);
}
