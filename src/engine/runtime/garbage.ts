/**
 * Tensors of ONNX Runtime live outside the heap and go when V8 collects the small objects that hold them, which it sees no
 * hurry for: a training step of a large model left gigabytes behind. Here the collector is called once enough was freed.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Bytes freed between two collections. One takes some milliseconds, about as long as writing so many bytes. */
const ENOUGH_BYTES = 128 * 2 ** 20;

export class Garbage {
  private bytes = 0;
  private collector: (() => void) | undefined;

  /** Notes that `bytes` of tensors are no longer held. */
  add(bytes: number): void {
    this.bytes += bytes;
  }

  collectIfEnough(): void {
    if (this.bytes < ENOUGH_BYTES) return;
    this.bytes = 0;
    this.collector ??= exposeCollector();
    this.collector();
  }
}

/** The flag shows in contexts made after it is set. */
function exposeCollector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}
