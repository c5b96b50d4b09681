/** What an ONNX Runtime executor is opened with. */
import type { Device } from "./runtime.ts";

export interface OrtOptions {
  readonly device: Device;
  readonly threads: number;
  readonly maxSessions: number;
}
