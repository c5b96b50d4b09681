/**
 * Servers of the Tinker protocol behind our client and policy: the live one that `npm run test:tinker` names, or our own over a real
 * connection, alone and behind a proxy that drops, loses, repeats, delays, reorders, refuses and resets requests.
 */
import { afterAll, beforeAll, describe } from "vitest";
import type { TinyTinker } from "../../src/serve/tinker/testing/tiny-tinker.ts";
import { type FaultyProxy, startFaultyProxy } from "../../src/remote/client/testing/faulty-proxy.ts";
import { describeLiveServer } from "./live/live-suite.ts";
import { clipsGradients, connectLive, connectOwn, liveOptions, ownServer } from "./live/target.ts";

const live = liveOptions();
/** For `npm test`: one of every kind of expression. */
const SHORT = ["aepo: near", "grpo: extreme clip", "gspo: near", "cispo: extreme clip", "grpo with KL: near"];

if (live?.url !== undefined) {
  const named = { ...live, url: live.url };
  const clips = await clipsGradients(named);
  describeLiveServer({ name: live.url, connect: (programs) => connectLive(named, programs), clips });
} else {
  describe("our own server", () => {
    let own: TinyTinker;
    const proxies: FaultyProxy[] = [];
    beforeAll(async () => {
      own = await ownServer();
    });
    afterAll(async () => {
      for (const proxy of proxies) await proxy.close();
      await own.close();
    });

    // Conformance of both reductions is in src/remote/policy/conformance.test.ts, for `npm test`.
    describeLiveServer({
      name: "that sums",
      connect: async (programs) => connectOwn((await own.start({ limits: { models: 100 } })).url, programs),
      ...(live === null ? { conformance: "none", exact: SHORT } : {}),
    });
    describeLiveServer({
      name: "that averages, as SkyRL on JAX, behind a proxy with faults",
      async connect(programs) {
        const server = await own.start({ limits: { models: 200 }, reduction: "mean" });
        const proxy = await startFaultyProxy({ target: server.url, seed: 8, rate: 0.15, delayMs: 10 });
        proxies.push(proxy);
        return connectOwn(proxy.url, programs);
      },
      ...(live === null ? { conformance: "learning", exact: SHORT.slice(0, 2) } : {}),
    });
  });
}
