import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { AepoError } from "../../../std/errors.ts";
import { allRequiredWork, examineAll, type Finding } from "../finding.ts";
import { cachedModels } from "./cached-models.ts";
import { findGpus } from "./gpus.ts";
import { KEYS } from "./keys.ts";
import { MACHINE_CHECKS } from "./machine-checks.ts";
import type { Machine } from "./machine.ts";

const root = mkdtempSync(join(tmpdir(), "aepo-doctor-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const GIB = 2 ** 30;
const SPEED = { providers: ["cpu", "webgpu"], gflops: 143, size: 1024, threads: 2 };

/** A machine on which everything works. */
const machine: Machine = {
  node: "20.19.0",
  platform: "linux x64",
  environment: { HF_TOKEN: "hf_secret", TAVILY_API_KEY: "tvly-secret", BRAVE_API_KEY: " " },
  cpu: () => ({ model: "A processor", cores: 2 }),
  memory: () => ({ total: 16 * GIB, available: 8 * GIB }),
  disks: async () => [{ use: "runs", path: "/runs", freeBytes: 50 * GIB }],
  gpus: async () => ["NVIDIA H100, 81559 MiB, 550.54"],
  engine: async (device) => ({ ...SPEED, gflops: device === "cpu" ? 143 : 2000 }),
  python: async () => "3.11.2",
  sandbox: async () => "3.11.2",
  browser: async () => ({ path: "/usr/bin/chromium", version: "156.0", sandboxed: true }),
  models: async () => [{ name: "hf://owner/name", bytes: 3 * GIB }],
};

async function found(changed: Partial<Machine>): Promise<(name: string) => Finding> {
  const told: string[] = [];
  const findings = await examineAll(MACHINE_CHECKS, { ...machine, ...changed }, ({ name }) => told.push(name));
  expect(told).toEqual(findings.map(({ name }) => name));
  return (name) => findings.find((finding) => finding.name === name) as Finding;
}

it("says what works, with numbers for scripts", async () => {
  const findings = await examineAll(MACHINE_CHECKS, machine, () => {});
  expect(findings.map(({ name, state, found: words }) => [name, state, words])).toEqual([
    ["Node", "works", "20.19.0"],
    ["processor", "works", "A processor, 2 cores (linux x64)"],
    ["memory", "works", "8.0 GiB of 16.0 GiB can still be taken"],
    ["disk", "works", "50.0 GiB free for runs (/runs)"],
    ["graphics cards", "works", "NVIDIA H100, 81559 MiB, 550.54"],
    ["engine on cpu", "works", "143 GFLOPS (products of 1024 × 1024, 2 threads); ONNX Runtime has cpu, webgpu"],
    ["engine on webgpu", "works", "2.00e+3 GFLOPS (products of 1024 × 1024)"],
    ["python", "works", "3.11.2"],
    ["sandbox", "works", "bubblewrap, with python 3.11.2 inside"],
    ["browser", "works", "Chromium 156.0 (/usr/bin/chromium)"],
    ["keys", "works", "set: HF_TOKEN, TAVILY_API_KEY"],
    ["models", "works", "hf://owner/name (3.0 GiB); 3.0 GiB in all"],
  ]);
  expect(allRequiredWork(findings)).toBe(true);
  expect(findings[5]?.values).toEqual(SPEED);
  // Names of keys, never what they are.
  expect(JSON.stringify(findings)).not.toContain("secret");
});

it("says what is missing or broken, and what to do; one broken thing hides no other", async () => {
  const failing = new AepoError("engine", "the engine does not run", { fix: "install it" });
  const of = await found({
    node: "18.20.1",
    memory: () => ({ total: 2 * GIB, available: GIB }),
    disks: async () => [
      { use: "runs", path: "/runs", freeBytes: GIB },
      { use: "models", path: "/hub", freeBytes: 50 * GIB },
    ],
    gpus: async () => [],
    engine: async () => Promise.reject(failing),
    python: async () => Promise.reject(new AepoError("config", "no python", { exists: "/usr/bin", fix: "install it" })),
    browser: async () => ({ path: "/usr/bin/chromium", version: "156.0", sandboxed: false }),
    models: async () => Promise.reject(new Error("EACCES")),
    environment: {},
  });
  expect(of("Node")).toMatchObject({ state: "fails", required: true, fix: "install Node 20.19 or newer" });
  expect(of("memory")).toMatchObject({
    state: "fails",
    required: false,
    found: "1.0 GiB of 2.0 GiB can still be taken",
  });
  expect(of("disk")).toMatchObject({ state: "fails", found: "1.0 GiB free for runs (/runs)" });
  expect(of("graphics cards")).toMatchObject({ state: "missing", found: "none found" });
  expect(of("engine on cpu")).toMatchObject({ state: "fails", found: "the engine does not run", fix: "install it" });
  expect(of("engine on webgpu")).toMatchObject({ state: "missing", found: "the engine does not run" });
  expect(of("python")).toMatchObject({ state: "missing", found: "no python; found: /usr/bin", fix: "install it" });
  expect(of("sandbox")).toMatchObject({ state: "works" });
  expect(of("browser").fix).toContain("browse.sandbox: false");
  expect(of("models")).toMatchObject({ state: "fails", found: "EACCES", fix: null });
  expect(of("keys")).toMatchObject({ state: "missing", found: "none is set" });
  expect(of("keys").fix).toContain("TINKER_API_KEY (policy.engine tinker, on servers that ask for a key)");
  expect(allRequiredWork([of("Node")])).toBe(false);
  expect(allRequiredWork([of("memory")])).toBe(true);
});

it("names a key that cannot be sent, without showing it", async () => {
  const of = await found({ environment: { HF_TOKEN: "hf_secret with words", OPENAI_API_KEY: "sk-secret" } });
  expect(of("keys")).toMatchObject({
    state: "fails",
    found: "HF_TOKEN: holds spaces, line feeds or other signs that no key has",
    values: { set: ["HF_TOKEN", "OPENAI_API_KEY"], broken: ["HF_TOKEN"] },
  });
  expect(JSON.stringify(of("keys"))).not.toContain("secret");
});

it("knows every key that searching asks for", () => {
  const options = readFileSync(new URL("../../../toolbox/search/options.ts", import.meta.url), "utf8");
  const asked = [...options.matchAll(/keyEnv\("(\w+)"\)/g)].map(([, name]) => name);
  expect(asked.length).toBeGreaterThan(3);
  expect(KEYS.map(({ variable }) => variable)).toEqual(expect.arrayContaining(asked));
});

it("finds cards by what Linux lists, and models in the Hub's cache", async () => {
  const device = (name: string, files: Readonly<Record<string, string>>): void => {
    mkdirSync(join(root, "pci", name), { recursive: true });
    for (const [file, text] of Object.entries(files)) writeFileSync(join(root, "pci", name, file), `${text}\n`);
  };
  device("0000:00:02.0", { class: "0x030000", vendor: "0x8086", device: "0x9a49" });
  device("0000:01:00.0", { class: "0x030200", vendor: "0x10de", device: "0x2330" });
  device("0000:00:1f.0", { class: "0x060100", vendor: "0x8086", device: "0xa082" });
  device("0000:00:03.0", { class: "0x030000" });
  expect(await findGpus("linux x64", join(root, "pci"), "no-such-program")).toEqual([
    "Intel card, PCI id 0x8086:0x9a49",
    "NVIDIA card, PCI id 0x10de:0x2330",
  ]);
  expect(await findGpus("linux x64", join(root, "none"), "no-such-program")).toEqual([]);
  expect(await cachedModels(join(root, "hub"))).toEqual([]);
  for (const [folder, bytes] of [
    ["models--owner--small", 10],
    ["models--owner--large", 1000],
    ["datasets--a--b", 5],
  ] as const) {
    mkdirSync(join(root, "hub", folder, "blobs"), { recursive: true });
    writeFileSync(join(root, "hub", folder, "blobs", "0123"), "x".repeat(bytes));
  }
  expect(await cachedModels(join(root, "hub"))).toEqual([
    { name: "hf://owner/large", bytes: 1000 },
    { name: "hf://owner/small", bytes: 10 },
  ]);
});
