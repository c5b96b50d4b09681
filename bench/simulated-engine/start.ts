/** Starts a simulated engine in a process of its own, and asks it what it did. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { request } from "undici";
import type { EngineFigures } from "./engine.ts";
import type { EngineSettings } from "./settings.ts";

export interface SimulatedEngine {
  readonly url: string;
  figures(): Promise<EngineFigures>;
  stop(): void;
}

export async function startSimulatedEngine(settings: EngineSettings): Promise<SimulatedEngine> {
  const main = fileURLToPath(new URL("./main.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", main, JSON.stringify(settings)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const url = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once("line", resolve);
    child.once("exit", (code) => reject(new Error(`the simulated engine ended (${code})`)));
  });
  return {
    url,
    figures: async () => (await (await request(`${url}/simulation`)).body.json()) as EngineFigures,
    stop: () => void child.kill(),
  };
}
