import { expect, it } from "vitest";
import { Garbage } from "./garbage.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it("collects what nothing holds any more once enough was freed, not before", async () => {
  const garbage = new Garbage();
  const held = new WeakRef({ data: new Float32Array(1000) });
  await turn();
  garbage.add(100 * 2 ** 20);
  garbage.collectIfEnough();
  expect(held.deref()).toBeDefined();
  await turn();
  garbage.add(28 * 2 ** 20);
  garbage.collectIfEnough();
  expect(held.deref()).toBeUndefined();
});
