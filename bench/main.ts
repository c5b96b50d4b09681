/** `npm run bench -- WHAT... [options]`: rows on stderr, one line of JSON on stdout. */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { messageOf } from "../src/std/errors.ts";
import { json, note } from "./output.ts";
import { benchParts, DATA_PARTS, TOOL_PARTS } from "./parts.ts";

const USAGE =
  "usage: npm run bench -- engine|tree|models|sampling [--threads N] [--rounds N] [--checkpoint MODEL (tree, sampling)]\n" +
  "       npm run bench -- data tools [--count N]\n" +
  "       npm run bench -- remote [--count PATHS]\n" +
  "       npm run bench -- scaling [--count QUESTIONS] [--speedup N] [--mode NAME]";

interface Options {
  readonly threads: number;
  rounds(usual: number): number;
  readonly checkpoint: string | undefined;
  readonly count: number | undefined;
  readonly speedup: number | undefined;
  readonly mode: string | undefined;
}

const BENCHES: Readonly<Record<string, (options: Options) => Promise<object>>> = {
  async engine({ threads, rounds }) {
    const { benchEngine } = await import("./engine.ts");
    return benchEngine({ threads, rounds: rounds(15) });
  },
  async tree({ threads, rounds, checkpoint }) {
    const { benchTree } = await import("./tree.ts");
    return benchTree({ threads, rounds: rounds(9), ...(checkpoint === undefined ? {} : { checkpoint }) });
  },
  async models({ threads, rounds }) {
    const { benchModels } = await import("./models.ts");
    return benchModels({ threads, rounds: rounds(3) });
  },
  async sampling({ threads, rounds, checkpoint }) {
    const { benchSampling } = await import("./sampling.ts");
    return benchSampling({ threads, rounds: rounds(5), checkpoint: checkpoint ?? "bundled:atlas" });
  },
  async remote({ rounds, count: paths }) {
    const { benchRemote } = await import("./remote.ts");
    return benchRemote({ paths, rounds: rounds(3) });
  },
  async scaling({ count: questions, speedup = 4, mode = "" }) {
    const { benchScaling } = await import("./scaling.ts");
    return benchScaling({ count: questions, speedup, mode });
  },
  data: async (options) => benchParts(DATA_PARTS, options),
  tools: async (options) => benchParts(TOOL_PARTS, options),
};

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      threads: { type: "string" },
      rounds: { type: "string" },
      checkpoint: { type: "string" },
      count: { type: "string" },
      speedup: { type: "string" },
      mode: { type: "string" },
      json: { type: "boolean" },
    },
  });
  const options: Options = {
    threads: count(values.threads) ?? availableParallelism(),
    rounds: (usual) => count(values.rounds) ?? usual,
    checkpoint: values.checkpoint,
    count: count(values.count),
    speedup: count(values.speedup),
    mode: values.mode,
  };
  const benches = positionals.map((name) => BENCHES[name]);
  if (benches.length === 0 || benches.includes(undefined)) throw new Error(USAGE);
  let figures = {};
  for (const bench of benches) figures = { ...figures, ...(await bench?.(options)) };
  json(figures);
}

function count(text: string | undefined): number | undefined {
  const value = text === undefined ? undefined : Number(text);
  if (value === undefined || (Number.isSafeInteger(value) && value >= 1)) return value;
  throw new Error(`${text}: not a count\n${USAGE}`);
}

try {
  await main();
} catch (thrown) {
  note(messageOf(thrown));
  process.exitCode = 1;
}
