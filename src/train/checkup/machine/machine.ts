/** What the checks ask of a machine, as questions: the real answers are in `this-machine.ts`, tests give their own. */
import type { Device } from "../../../engine/runtime/runtime.ts";

export interface Machine {
  /** Version of Node, without a v. */
  readonly node: string;
  readonly platform: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  cpu(): { readonly model: string; readonly cores: number };
  /** Bytes: of the machine, and what this process may still take of it. */
  memory(): { readonly total: number; readonly available: number };
  /** Places that this project writes to, and the bytes that are free there. */
  disks(): Promise<readonly Disk[]>;
  /** Graphics cards of any maker, named as well as the system names them. */
  gpus(): Promise<readonly string[]>;
  /** Runs matrix products through the engine. Throws where the engine does not run on that device. */
  engine(device: Device): Promise<EngineSpeed>;
  /** Version of the system's python, which is run as it is. Throws where there is none. */
  python(): Promise<string>;
  /** Version of the python that answers from inside the sandbox. Throws where there is no sandbox. */
  sandbox(): Promise<string>;
  /** Starts Chromium and ends it. Throws where there is none, or none that starts. */
  browser(): Promise<Browser>;
  /** Models that are on this machine: what `policy.checkpoint` may name without a network. */
  models(): Promise<readonly CachedModel[]>;
}

export interface Disk {
  readonly use: string;
  readonly path: string;
  readonly freeBytes: number;
}

export interface EngineSpeed {
  /** Execution providers that came with this ONNX Runtime. */
  readonly providers: readonly string[];
  readonly gflops: number;
  /** Rows of the square matrices. */
  readonly size: number;
  readonly threads: number;
}

export interface Browser {
  readonly path: string;
  readonly version: string;
  /** Whether it runs in a sandbox of its own. */
  readonly sandboxed: boolean;
}

export interface CachedModel {
  readonly name: string;
  readonly bytes: number;
}
