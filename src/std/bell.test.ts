import { expect, it } from "vitest";
import { Bell } from "./bell.ts";

it("wakes who waits, once, and nobody who comes later", async () => {
  const bell = new Bell();
  const woken: string[] = [];
  const waits = [bell.next().then(() => woken.push("a")), bell.next().then(() => woken.push("b"))];
  expect(woken).toEqual([]);
  bell.ring();
  await Promise.all(waits);
  expect(woken).toEqual(["a", "b"]);
  const late = bell.next().then(() => woken.push("c"));
  await Promise.resolve();
  expect(woken).toEqual(["a", "b"]);
  bell.ring();
  await late;
  expect(woken).toEqual(["a", "b", "c"]);
});
