/**
 * Graphics cards: named by NVIDIA's own program where it is there, else by the PCI ids that Linux lists; on a Mac every
 * Apple processor has one.
 */
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const PCI = "/sys/bus/pci/devices";
/** Display controllers have class 0x03…; the PCI ids of makers whose cards compute. */
const MAKERS: Readonly<Record<string, string>> = { "0x10de": "NVIDIA", "0x1002": "AMD", "0x8086": "Intel" };

export async function findGpus(platform: string, folder = PCI, nvidia = "nvidia-smi"): Promise<string[]> {
  if (platform === "darwin arm64") return ["Apple GPU (Metal)"];
  const named = await nvidiaCards(nvidia);
  const listed = await pciCards(folder);
  return [...named, ...listed.filter((card) => named.length === 0 || !card.startsWith("NVIDIA"))];
}

async function nvidiaCards(program: string): Promise<string[]> {
  try {
    const query = ["--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"];
    const { stdout } = await promisify(execFile)(program, query, { timeout: 10_000 });
    return stdout.split("\n").flatMap((line) => (line.trim() === "" ? [] : [line.trim()]));
  } catch {
    return [];
  }
}

async function pciCards(folder: string): Promise<string[]> {
  const devices = await readdir(folder).catch(() => []);
  const cards = await Promise.all(
    devices.map(async (device) => {
      const read = async (name: string): Promise<string> => (await readFile(join(folder, device, name), "utf8")).trim();
      const [kind = "", vendor = "", id = ""] = await Promise.all(["class", "vendor", "device"].map(read)).catch(
        () => [],
      );
      const maker = kind.startsWith("0x03") ? MAKERS[vendor] : undefined;
      return maker === undefined ? [] : [`${maker} card, PCI id ${vendor}:${id}`];
    }),
  );
  return cards.flat();
}
