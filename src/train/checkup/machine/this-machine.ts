/** The machine that this process runs on. */
import { availableParallelism, cpus, tmpdir, totalmem } from "node:os";
import { dirname } from "node:path";
import { statfs } from "node:fs/promises";
import { hubEnvironment } from "../../../models/hub/environment.ts";
import { availableMemoryBytes } from "../../../run/machine.ts";
import { AepoError } from "../../../std/errors.ts";
import { findChromium } from "../../../toolbox/browse/javascript/find-chromium.ts";
import { launchChromium } from "../../../toolbox/browse/javascript/launch-chromium.ts";
import { UNSANDBOXED } from "../../../toolbox/python/options.ts";
import { runPython } from "../../../toolbox/python/run-python.ts";
import { cachedModels } from "./cached-models.ts";
import { engineSpeed } from "./engine-speed.ts";
import { findGpus } from "./gpus.ts";
import type { Browser, Disk, Machine } from "./machine.ts";

/** A port that nothing listens on: the browser is started and shall reach nothing. */
const NO_PROXY_PORT = 9;

export function thisMachine(environment: NodeJS.ProcessEnv = process.env): Machine {
  const platform = `${process.platform} ${process.arch}`;
  return {
    node: process.versions.node,
    platform,
    environment,
    cpu: () => ({ model: cpus()[0]?.model.trim() ?? "unknown processor", cores: availableParallelism() }),
    memory: () => ({ total: totalmem(), available: availableMemoryBytes() }),
    disks: () =>
      Promise.all([
        disk("runs", process.cwd()),
        disk("models", hubEnvironment(environment).cache),
        disk("scratch files", tmpdir()),
      ]),
    gpus: () => findGpus(platform),
    engine: engineSpeed,
    python: () => pythonVersion(UNSANDBOXED),
    sandbox: () => pythonVersion("bubblewrap"),
    browser: startedBrowser,
    models: () => cachedModels(hubEnvironment(environment).cache),
  };
}

/** A folder that is not there yet has the room of the one it will be made in. */
async function disk(use: string, path: string): Promise<Disk> {
  for (let place = path; ; place = dirname(place)) {
    const found = await statfs(place).catch(() => null);
    if (found !== null) return { use, path, freeBytes: found.bavail * found.bsize };
    if (place === dirname(place)) throw new AepoError("config", `${path}: no disk is there`);
  }
}

/** Code of our own, which needs no sandbox. */
async function pythonVersion(sandbox: "bubblewrap" | typeof UNSANDBOXED): Promise<string> {
  const { ending, stdout, stderr } = await runPython("import sys; print(sys.version.split()[0])", { sandbox });
  if (ending.kind === "finished") return stdout.trim();
  throw new AepoError("config", `python does not come to an end: ${ending.words || stderr.trim().slice(-200)}`);
}

/** With its own sandbox where it can have one. */
async function startedBrowser(): Promise<Browser> {
  const path = findChromium(undefined);
  const start = async (sandboxed: boolean): Promise<Browser> => {
    const browser = await launchChromium(path, sandboxed, NO_PROXY_PORT);
    const version = browser.version();
    await browser.close();
    return { path, version, sandboxed };
  };
  return start(true).catch(async () => start(false));
}
