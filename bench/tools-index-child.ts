/** Makes an index and asks it, for tools-index.ts. */
import { statSync } from "node:fs";
import { systemClock } from "../src/std/clock.ts";
import { indexSettingsSchema } from "../src/toolbox/search/index/index-settings.ts";
import { freshIndex } from "../src/toolbox/search/index/open-index.ts";
import { readIndex } from "../src/toolbox/search/index/read-index.ts";
import type { IndexJob, IndexTimes } from "./tools-index.ts";

const RESULTS = 10;

function measured(): () => { readonly ms: number; readonly cpuMs: number } {
  const [startMs, start] = [systemClock.nowMs(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(start);
    return { ms: systemClock.nowMs() - startMs, cpuMs: (user + system) / 1000 };
  };
}

async function run({ corpus, queries }: IndexJob): Promise<IndexTimes> {
  const building = measured();
  const { path, header } = await freshIndex(corpus, undefined, indexSettingsSchema.parse({}));
  const built = building();
  const peakMiB = process.resourceUsage().maxRSS / 1024;
  const index = readIndex(path);
  // Once to warm up: pages of the file are in the system's cache, as in any run that has searched before.
  for (const query of queries) index.search(query, RESULTS);
  const times = queries.map((query) => {
    const asking = measured();
    if (index.search(query, RESULTS).length === 0) throw new Error(`nothing was found for "${query}"`);
    return asking();
  });
  index.close();
  return {
    documents: header.documents,
    seconds: built.ms / 1000,
    cpuSeconds: built.cpuMs / 1000,
    peakMiB,
    indexBytes: statSync(path).size,
    queryMs: times.map(({ ms }) => ms),
    queryCpuMs: times.map(({ cpuMs }) => cpuMs),
  };
}

process.once("message", (job) => {
  run(job as IndexJob).then(
    (times) => process.send?.(times, () => process.disconnect()),
    (thrown: unknown) => {
      process.stderr.write(`${String(thrown)}\n`);
      process.exit(1);
    },
  );
});
