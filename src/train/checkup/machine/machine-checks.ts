/** What of a machine is looked at, one row a thing. Pure but for what the machine is asked. */
import { AepoError, messageOf } from "../../../std/errors.ts";
import type { Check, Found } from "../finding.ts";
import { keyCheck } from "./keys.ts";
import type { CachedModel, Disk, EngineSpeed, Machine } from "./machine.ts";

const GIB = 2 ** 30;
/** What a small run needs beside the system; recipes say more with `aepo plan`. */
const ENOUGH_MEMORY = 2 * GIB;
/** A few checkpoints of a small model. */
const ENOUGH_DISK = 2 * GIB;
const LEAST_NODE = [20, 19] as const;

export const MACHINE_CHECKS: readonly Check<Machine>[] = [
  { name: "Node", required: true, look: ({ node }) => nodeFound(node) },
  { name: "processor", look: (machine) => processorFound(machine) },
  { name: "memory", look: (machine) => memoryFound(machine.memory()) },
  { name: "disk", look: async (machine) => diskFound(await machine.disks()) },
  { name: "graphics cards", look: async (machine) => cardsFound(await machine.gpus()) },
  { name: "engine on cpu", required: true, look: async (machine) => speedFound(await machine.engine("cpu")) },
  { name: "engine on webgpu", thrown: "missing", look: async (machine) => webgpuFound(machine) },
  { name: "python", thrown: "missing", look: async (machine) => pythonFound(await machine.python()) },
  { name: "sandbox", thrown: "missing", look: async (machine) => sandboxFound(await machine.sandbox()) },
  { name: "browser", thrown: "missing", look: async (machine) => browserFound(machine) },
  keyCheck,
  { name: "models", look: async (machine) => modelsFound(await machine.models()) },
];

function nodeFound(node: string): Found {
  const [major = 0, minor = 0] = node.split(".").map(Number);
  const [leastMajor, leastMinor] = LEAST_NODE;
  const values = { version: node };
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) {
    return { state: "works", found: node, values };
  }
  const least = LEAST_NODE.join(".");
  return { state: "fails", found: `${node}, older than ${least}`, fix: `install Node ${least} or newer`, values };
}

function processorFound(machine: Machine): Found {
  const { model, cores } = machine.cpu();
  const values = { platform: machine.platform, model, cores };
  return { state: "works", found: `${model}, ${cores} cores (${machine.platform})`, values };
}

function memoryFound({ total, available }: ReturnType<Machine["memory"]>): Found {
  const values = { totalBytes: total, availableBytes: available };
  const found = `${gib(available)} of ${gib(total)} can still be taken`;
  if (available >= ENOUGH_MEMORY) return { state: "works", found, values };
  return {
    state: "fails",
    found,
    fix: "end other programs or raise the limit of the container; aepo plan RECIPE says what a run needs",
    values,
  };
}

function diskFound(disks: readonly Disk[]): Found {
  const full = disks.filter(({ freeBytes }) => freeBytes < ENOUGH_DISK);
  const say = (list: readonly Disk[]): string =>
    list.map(({ use, path, freeBytes }) => `${gib(freeBytes)} free for ${use} (${path})`).join("; ");
  const values = { disks: disks.map((disk) => ({ ...disk })) };
  if (full.length === 0) return { state: "works", found: say(disks), values };
  return {
    state: "fails",
    found: say(full),
    fix: "make room, or go elsewhere: --out for runs, HF_HOME for models",
    values,
  };
}

function cardsFound(cards: readonly string[]): Found {
  if (cards.length > 0) return { state: "works", found: cards.join("; "), values: { cards } };
  return {
    state: "missing",
    found: "none found",
    fix: "none is needed: the engine runs on the processor",
    values: { cards },
  };
}

function speedFound({ providers, gflops, size, threads }: EngineSpeed): Found {
  const speed = `${gflops.toPrecision(3)} GFLOPS (products of ${size} × ${size}, ${threads} threads)`;
  return {
    state: "works",
    found: `${speed}; ONNX Runtime has ${providers.join(", ")}`,
    values: { gflops, size, threads, providers },
  };
}

/** What does not run here is missing, not broken: nothing needs a GPU. */
async function webgpuFound(machine: Machine): Promise<Found> {
  const { gflops, size } = await machine.engine("webgpu").catch((thrown: unknown) => {
    const [what = ""] = messageOf(thrown).split("\n");
    throw new AepoError("engine", what, {
      fix: "nothing, unless there is a graphics card: policy.device webgpu uses one with a Vulkan, Metal or Direct3D 12 driver",
    });
  });
  return {
    state: "works",
    found: `${gflops.toPrecision(3)} GFLOPS (products of ${size} × ${size})`,
    fix: "use it with --set policy.device=webgpu where it is faster than the processor",
    values: { gflops, size },
  };
}

function pythonFound(version: string): Found {
  return { state: "works", found: version, values: { version } };
}

function sandboxFound(version: string): Found {
  return { state: "works", found: `bubblewrap, with python ${version} inside`, values: { version } };
}

async function browserFound(machine: Machine): Promise<Found> {
  const { path, version, sandboxed } = await machine.browser();
  return {
    state: "works",
    found: `Chromium ${version} (${path})${sandboxed ? "" : ", without a sandbox of its own"}`,
    ...(sandboxed ? {} : { fix: "set browse.sandbox: false for it (it starts without one only, as root does)" }),
    values: { path, version, sandboxed },
  };
}

function modelsFound(models: readonly CachedModel[]): Found {
  const bytes = models.reduce((sum, model) => sum + model.bytes, 0);
  const values = { models: models.map((model) => ({ ...model })) };
  const found = models.map((model) => `${model.name} (${size(model.bytes)})`).join(", ");
  if (models.length > 0) return { state: "works", found: `${found}; ${size(bytes)} in all`, values };
  return { state: "missing", found: "none", fix: "aepo download hf://Qwen/Qwen3-0.6B fetches one", values };
}

function gib(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}

function size(bytes: number): string {
  return bytes >= GIB ? gib(bytes) : `${Math.round(bytes / 2 ** 20)} MiB`;
}
