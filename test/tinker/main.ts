/**
 * `npm run test:tinker [-- --url URL [--model NAME] [--base FOLDER] [--rank N] [--micro-batch N] [--samplers-apart] [--json]]`:
 * the conformance suite of policies and the exactness of every loss, against a live server of the Tinker protocol; without `--url`
 * against our own, alone and behind a proxy with faults, and recorded traffic against our schemas. The last line on stdout is JSON.
 */
import { parseArgs } from "node:util";
import { startVitest, type TestCase } from "vitest/node";
import { LIVE, type Live } from "./live/target.ts";

const { values: given } = parseArgs({
  options: {
    url: { type: "string" },
    model: { type: "string" },
    base: { type: "string" },
    rank: { type: "string", default: "4" },
    "micro-batch": { type: "string", default: "1" },
    "samplers-apart": { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});

const live: Live = {
  ...(given.url === undefined ? {} : { url: given.url }),
  ...(given.model === undefined ? {} : { model: given.model }),
  ...(given.base === undefined ? {} : { base: given.base }),
  rank: Number(given.rank),
  microBatch: Number(given["micro-batch"]),
  samplersApart: given["samplers-apart"],
};
process.env[LIVE] = JSON.stringify(live);

const SUITE = "test/tinker/live.test.ts";
/** Restarts, sessions that expire, requests that are lost; and what is sent and read, without any server. */
const OF_OUR_OWN = ["test/tinker/recordings.test.ts", "src/remote/client/", "src/remote/policy/", "src/protocol/"];
const files = given.url === undefined ? [SUITE, ...OF_OUR_OWN] : [SUITE];
// A live server compiles for every new shape: no test is late before ten minutes.
const patience = given.url === undefined ? {} : { testTimeout: 600_000, hookTimeout: 600_000 };
const vitest = await startVitest("test", files, {
  watch: false,
  // One file at a time. With --json standard output holds the last line alone.
  maxWorkers: 1,
  reporters: given.json ? [{}] : [["verbose", {}]],
  ...patience,
});
const modules = vitest.state.getTestModules();
const tests = modules.flatMap((module) => [...module.children.allTests()]);
// What kept tests from running at all: their number is not known.
const broken = modules.flatMap((module) => [
  ...module.errors(),
  ...[...module.children.allSuites()].flatMap((suite) => suite.errors()),
]);
for (const { message } of broken) process.stderr.write(`${message}\n`);
await vitest.close();

const inState = (state: string): TestCase[] => tests.filter((test) => test.result().state === state);
const exactness = tests.flatMap((test) => test.meta().exactness ?? []);
const [passed, skipped] = [inState("passed").length, inState("skipped").length];
const failed = inState("failed").length + broken.length;
const worst = exactness.toSorted((a, b) => b.error - a.error)[0] ?? null;
const server = given.url ?? "our own: alone, and behind a proxy with faults";
process.stdout.write(`${JSON.stringify({ passed, failed, skipped, server, worst, exactness })}\n`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
