/** `npm run bench -- engine|tree|models|sampling [--threads N] [--rounds N] [--checkpoint MODEL (tree, sampling)]`: rows on stderr, one line of JSON on stdout. */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { messageOf } from "../src/std/errors.ts";
import { json, note } from "./output.ts";

const USAGE =
  "usage: npm run bench -- engine|tree|models|sampling [--threads N] [--rounds N] [--checkpoint MODEL (tree, sampling)]";

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      threads: { type: "string" },
      rounds: { type: "string" },
      checkpoint: { type: "string" },
      json: { type: "boolean" },
    },
  });
  const threads = count(values.threads, availableParallelism());
  const [what] = positionals;
  if (what === "engine") {
    const { benchEngine } = await import("./engine.ts");
    json(await benchEngine({ threads, rounds: count(values.rounds, 15) }));
  } else if (what === "tree") {
    const { benchTree } = await import("./tree.ts");
    const { checkpoint } = values;
    json(
      await benchTree({
        threads,
        rounds: count(values.rounds, 9),
        ...(checkpoint === undefined ? {} : { checkpoint }),
      }),
    );
  } else if (what === "models") {
    const { benchModels } = await import("./models.ts");
    json(await benchModels({ threads, rounds: count(values.rounds, 3) }));
  } else if (what === "sampling") {
    const { benchSampling } = await import("./sampling.ts");
    json(
      await benchSampling({
        threads,
        rounds: count(values.rounds, 5),
        checkpoint: values.checkpoint ?? "bundled:atlas",
      }),
    );
  } else {
    throw new Error(USAGE);
  }
}

function count(text: string | undefined, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${text}: not a count\n${USAGE}`);
  return value;
}

try {
  await main();
} catch (thrown) {
  note(messageOf(thrown));
  process.exitCode = 1;
}
