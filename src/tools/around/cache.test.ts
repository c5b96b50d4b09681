import { getEventListeners } from "node:events";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { type AroundContext, newNotes } from "./around.ts";
import { callIt, fakeTool } from "../testing/fake-tool.ts";
import { tool } from "../tool.ts";
import { cache } from "./cache.ts";
import { MemoryStore } from "./result-store.ts";

const room = { entries: 10, characters: 10_000 };
const context: AroundContext = { state: undefined, call: 0, signal: new AbortController().signal };

describe("a cache", () => {
  it("does not make the same call twice, whatever the order of its arguments", async () => {
    const execute = vi.fn(({ a, b }: { a: number; b?: string | undefined }) => `${a} ${b}`);
    const look = cache(new MemoryStore(room))(
      tool({ name: "look", description: "", input: z.object({ a: z.number(), b: z.string().optional() }), execute }),
    );
    for (const input of [{ a: 1, b: "x" }, { b: "x", a: 1 }, { a: 1, b: undefined }, { a: 1 }]) {
      await look.execute(input, context);
    }
    expect(execute).toHaveBeenCalledTimes(2);
  });

  it("tells tools and their settings apart", async () => {
    const store = new MemoryStore(room);
    const one = cache(store, "top 5")(fakeTool(() => "five"));
    const other = cache(store, "top 9")(fakeTool(() => "nine"));
    const open = cache(store, "top 9")(fakeTool(() => "page", "open"));
    expect([await callIt(one, "x"), await callIt(other, "x"), await callIt(open, "x")].map(({ text }) => text)).toEqual(
      ["five", "nine", "page"],
    );
  });

  it("keeps nothing that failed, and nothing of a state", async () => {
    const execute = vi.fn((_: unknown, { state }: AroundContext) =>
      state === undefined ? Promise.reject(new Error("busy")) : { text: "fact", state: 2 },
    );
    const look = cache(new MemoryStore(room))(fakeTool(execute));
    await expect(callIt(look, "x")).rejects.toThrow("busy");
    await expect(callIt(look, "x")).rejects.toThrow("busy");
    for (let i = 0; i < 2; i++) expect(await callIt(look, "x", { state: 1 })).toEqual({ text: "fact", state: 2 });
    expect(execute).toHaveBeenCalledTimes(4);
    const opening = vi.fn(() => ({ text: "fact", state: "begun" }));
    const begin = cache(new MemoryStore(room))(fakeTool(opening));
    for (let i = 0; i < 2; i++) expect(await callIt(begin, "x")).toEqual({ text: "fact", state: "begun" });
    expect(opening).toHaveBeenCalledTimes(2);
  });

  it("equal calls at the same time are one; its failure is everyone's, and is not kept", async () => {
    let end: (text: string | Error) => void = () => {};
    const execute = vi.fn(
      () =>
        new Promise((resolve, reject) => {
          end = (said) => (said instanceof Error ? reject(said) : resolve(said));
        }),
    );
    const look = cache(new MemoryStore(room))(fakeTool(execute));
    const broken = Promise.allSettled([callIt(look, "x"), callIt(look, "x")]);
    end(new Error("busy"));
    expect((await broken).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    const notes = [newNotes(), newNotes(), newNotes()];
    const calls = notes.map(async (one) => look.execute({ q: "x" }, { ...context, notes: one } as AroundContext));
    end("fact");
    for (const output of await Promise.all(calls)) expect(output).toEqual({ text: "fact", state: undefined });
    expect(execute).toHaveBeenCalledTimes(2);
    expect(notes.map(({ cached }) => cached)).toEqual([false, true, true]);
  });

  it("whoever began a shared call may leave it; when nobody waits any more it is called off, and a new call is a new one", async () => {
    const seen: AbortSignal[] = [];
    let end: (text: string) => void = () => {};
    const look = cache(new MemoryStore(room))(
      fakeTool((_, context) => {
        seen.push(context.signal);
        return new Promise((resolve) => (end = resolve));
      }),
    );
    const [first, second, third] = [new AbortController(), new AbortController(), new AbortController()];
    const begun = expect(callIt(look, "x", { signal: first.signal })).rejects.toThrow("first left");
    const joined = callIt(look, "x", { signal: second.signal });
    first.abort(new Error("first left"));
    await begun;
    expect(seen[0]?.aborted).toBe(false);
    end("fact");
    expect((await joined).text).toBe("fact");
    const alone = expect(callIt(look, "y", { signal: third.signal })).rejects.toThrow("third left");
    third.abort(new Error("third left"));
    await alone;
    expect(seen[1]?.aborted).toBe(true);
    const anew = callIt(look, "y");
    end("later");
    expect((await anew).text).toBe("later");
    expect(seen).toHaveLength(3);
    for (const stop of [first, second, third]) expect(getEventListeners(stop.signal, "abort")).toHaveLength(0);
  });
});

describe("the store of a cache", () => {
  it("is bounded by number and by size; what was used longest ago goes first", () => {
    const store = new MemoryStore({ entries: 3, characters: 20 });
    for (const key of ["a", "b", "c"]) store.set(key, "12345");
    expect(store.get("a")).toBe("12345");
    store.set("d", "12345");
    expect([...store.entries()].map(([key]) => key)).toEqual(["c", "a", "d"]);
    store.set("e", "1234567890123");
    expect([...store.entries()].map(([key]) => key)).toEqual(["d", "e"]);
    store.set("f", "too long for all of the room there is");
    expect([store.get("f"), store.size]).toEqual([undefined, 2]);
    store.set("d", "1");
    store.set("d", "2");
    expect(store.get("d")).toBe("2");
  });
});
