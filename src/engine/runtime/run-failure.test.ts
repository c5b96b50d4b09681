import { describe, expect, it } from "vitest";
import { rejectionMessage } from "../../../test/support/thrown.ts";
import { broadcastTo, input, sum } from "../ops.ts";
import { openInlineRuntime } from "./node.ts";
import { runFailure } from "./run-failure.ts";

describe("a failed run", () => {
  it.each([
    ["Failed to allocate memory for requested buffer of size 68719476736", "the device is out of memory: "],
    ["std::bad_alloc", "the device is out of memory: "],
    ["WebGPU validation failed. Out of memory", "the device is out of memory: "],
    ["Device is lost: A valid external Instance reference no longer exists.", "the device was lost: "],
    ["CUDA failure 700: an illegal memory access was encountered", "the device was lost: "],
    ["Non-zero status code returned while running Reshape node", "onnxruntime failed: "],
  ])("is told apart: %s", (message, start) => {
    expect(runFailure(new Error(message)).message.startsWith(start + message)).toBe(true);
  });

  it("of too large a tensor says what to lower and that the run goes on, and the runtime lives", async () => {
    const runtime = await openInlineRuntime({ threads: 1 });
    const one = broadcastTo(input("one", []), [2 ** 20, 2 ** 22]);
    const inputs = { one: { dtype: "f32" as const, shape: [], data: Float32Array.of(1) } };
    const large = await runtime.compile({ outputs: { y: sum(one, [0, 1]) } });
    const message = await rejectionMessage(runtime.run(large, inputs));
    expect(message).toMatch(/^the device is out of memory: .*\n {2}to fix: lower policy\.microBatchTokens, /s);
    const small = await runtime.compile({ outputs: { y: sum(broadcastTo(input("one", []), [4]), [0]) } });
    expect((await runtime.run(small, inputs)).host["y"]?.data[0]).toBe(4);
    await runtime.close();
  });

  it("on a provider that is not installed says what it needs", async () => {
    const runtime = await openInlineRuntime({ threads: 1, device: "cuda" });
    const message = await runtime.compile({ outputs: { y: sum(input("x", [2]), [0]) } }).then(
      () => "cuda is installed here",
      (thrown: Error) => thrown.message,
    );
    expect(message).toMatch(/^cuda is installed here$|to fix: cuda needs Linux on x64, CUDA 12 with cuDNN 9, /);
    await runtime.close();
  });
});
