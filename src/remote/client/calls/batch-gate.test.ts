import { expect, it } from "vitest";
import { BatchGate, type Ticket } from "./batch-gate.ts";

async function enterAll(gate: BatchGate, count: number): Promise<Ticket[]> {
  const tickets: Ticket[] = [];
  for (let i = 0; i < count; i++) tickets.push(await gate.enter());
  return tickets;
}

it("knows who was in company, the first of two, too", async () => {
  const gate = new BatchGate();
  const [alone] = await enterAll(gate, 1);
  expect(alone?.company).toBe(false);
  const others = await enterAll(gate, 2);
  expect([alone, ...others].map((ticket) => ticket?.company)).toEqual([true, true, true]);
  for (const ticket of others) gate.leave(ticket);
  if (alone !== undefined) gate.leave(alone);
  expect((await enterAll(gate, 1))[0]?.company).toBe(false);
});

it("is crowded beyond 64: the server is not emptied for one that failed", async () => {
  const gate = new BatchGate();
  const tickets = await enterAll(gate, 64);
  expect(gate.isCrowded).toBe(false);
  const [last] = await enterAll(gate, 1);
  expect(gate.isCrowded).toBe(true);
  if (last !== undefined) gate.leave(last);
  let ran = false;
  const solitary = gate.inSolitude(async () => void (ran = true));
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(ran).toBe(false);
  for (const ticket of tickets) gate.leave(ticket);
  await solitary;
  expect(ran).toBe(true);
});
