import { describe, expect, it } from "vitest";
import { Lanes } from "./lanes.ts";

/** A job that ends when it is told to. */
function job(log: string[], name: string): () => Promise<void> {
  return async () => {
    log.push(name);
    await Promise.resolve();
  };
}

describe("lanes", () => {
  it("take turns: a client with many requests delays another's by one", async () => {
    const lanes = new Lanes();
    const [busy, quiet] = [lanes.open(), lanes.open()];
    const log: string[] = [];
    const all = [1, 2, 3, 4].map((n) => busy.run(job(log, `busy ${n}`)));
    all.push(quiet.run(job(log, "quiet 1")));
    await Promise.all(all);
    expect(log).toEqual(["busy 1", "quiet 1", "busy 2", "busy 3", "busy 4"]);
  });

  it("run one job at a time, each lane's in order, whatever fails", async () => {
    const lanes = new Lanes();
    const lane = lanes.open();
    const log: string[] = [];
    const failing = lane.run(() => Promise.reject(new Error("no")));
    const next = lane.run(job(log, "next"));
    await expect(failing).rejects.toThrow("no");
    await next;
    expect(log).toEqual(["next"]);
  });

  it("that close finish what runs and drop what waits", async () => {
    const lane = new Lanes().open();
    const log: string[] = [];
    let end = (): void => {};
    const running = lane.run(async () => {
      log.push("runs");
      await new Promise<void>((resolve) => (end = resolve));
    });
    const waiting = lane.run(job(log, "never"));
    await Promise.resolve();
    const closed = lane.close(new Error("gone"));
    end();
    await running;
    await expect(waiting).rejects.toThrow("gone");
    await closed;
    expect(log).toEqual(["runs"]);
    await expect(lane.run(job(log, "never"))).rejects.toThrow("gone");
  });
});
