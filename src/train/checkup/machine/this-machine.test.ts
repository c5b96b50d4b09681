import { availableParallelism } from "node:os";
import { expect, it } from "vitest";
import { rejectionMessage } from "../../../../test/support/thrown.ts";
import type { Device } from "../../../engine/runtime/runtime.ts";
import { engineSpeed } from "./engine-speed.ts";
import { thisMachine } from "./this-machine.ts";

it("measures the engine on the processor, in a process of its own", async () => {
  const { gflops, providers, threads } = await engineSpeed("cpu");
  // Any processor that runs Node does more than half a product a second and none of this decade more than 100 TFLOPS.
  expect(gflops).toBeGreaterThan(0.5);
  expect(gflops).toBeLessThan(100_000);
  expect(providers).toContain("cpu");
  expect(threads).toBe(availableParallelism());
  expect(await rejectionMessage(engineSpeed("abacus" as Device))).toBe(
    'the engine does not run on abacus: no device "abacus"\n' +
      "  to fix: npm ls onnxruntime-node says whether it is installed; its binaries are for x64 and arm64 of Linux, macOS and Windows",
  );
});

it("looks at memory and disks where they are", async () => {
  const machine = thisMachine({ HF_HOME: "/no/such/folder/yet" });
  expect(machine.memory().available).toBeLessThanOrEqual(machine.memory().total);
  const disks = await machine.disks();
  expect(disks.map(({ use }) => use)).toEqual(["runs", "models", "scratch files"]);
  expect(disks.every(({ freeBytes }) => freeBytes > 0)).toBe(true);
  expect(disks[1]?.path).toBe("/no/such/folder/yet/hub");
});
