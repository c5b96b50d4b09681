/**
 * `npm run demo:tinker-sdk [-- --python PATH,PATH] [--torch FOLDER]`: the official Python SDK of Tinker, unchanged, trains and samples our server; every
 * number it sees is compared with the embedded engine's own: same base, same adapters to start from, same data. Skips where no
 * Python with the SDK is. The last line on stdout is JSON.
 */
import { spawn } from "node:child_process";
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { type TinyTinker, tinyTinker, TINY_NAME } from "../../src/serve/tinker/testing/tiny-tinker.ts";
import { compareRun, type RunOfSdk, type RunReport } from "./compare-run.ts";
import { findSdks, howToInstallSdk } from "./find-sdk.ts";

const { values } = parseArgs({
  options: { python: { type: "string" }, torch: { type: "string" } },
  allowPositionals: true,
});
const torch = values.torch ?? process.env["TINKER_TORCH"];
const pythons = findSdks(values.python ?? process.env["TINKER_PYTHON"]);
if (pythons.length === 0) {
  say(howToInstallSdk());
  process.stdout.write(`${JSON.stringify({ skipped: "no Python with the tinker package" })}\n`);
} else {
  const reports: RunReport[] = [];
  const tiny = await tinyTinker();
  try {
    // A request as it is and compressed: the newest SDK sends either, as the server says.
    for (const [i, python] of pythons.entries()) reports.push(await runOf(tiny, python, i % 2 === 0));
  } finally {
    await tiny.close();
  }
  const failed = reports.filter(({ passed }) => !passed).length;
  process.stdout.write(`${JSON.stringify({ passed: reports.length - failed, failed, runs: reports })}\n`);
  process.exitCode = failed === 0 ? 0 : 1;
}

async function runOf(tiny: TinyTinker, python: string, compress: boolean): Promise<RunReport> {
  const server = await tiny.start({ compress });
  say(`${python} against ${server.url}`);
  const started = performance.now();
  const run = JSON.parse(await output(python, ["train.py", server.url, TINY_NAME])) as RunOfSdk;
  const seconds = (performance.now() - started) / 1000;
  await server.close();
  const report = await compareRun(run, tiny);
  const { first, last } = { first: run.losses[0] ?? 0, last: run.losses.at(-1) ?? 0 };
  say(`tinker ${run.sdk}: loss ${first.toFixed(4)} before, ${last.toFixed(4)} after ${run.losses.length} steps`);
  say(`largest difference from the embedded engine: ${report.worst.toExponential(2)} (${report.worstAt})`);
  return { ...report, compressed: compress, seconds: Math.round(seconds * 10) / 10 };
}

/** The last line of what a script prints; what it says besides is passed on. */
async function output(python: string, [script = "", ...args]: readonly string[]): Promise<string> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const env = { ...process.env, ...(torch === undefined ? {} : { TINKER_TORCH: torch }) };
  const child = spawn(python, [path, ...args], { env, stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`${script} ended with code ${code}`);
  return text.trimEnd().split("\n").at(-1) ?? "";
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
