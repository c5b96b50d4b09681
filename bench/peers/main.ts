/**
 * `npm run bench:peers [-- models] [-- --threads N --rounds N]`: the same work by PyTorch, transformers and TRL and by us, in turns, on the
 * same machine, threads, shapes and token counts. Rows on stderr, one line of JSON on stdout; without the peers it says so
 * and ends well.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { modelConfigToJson } from "../../src/policy/config-json.ts";
import { messageOf } from "../../src/std/errors.ts";
import { json, note, rounded, row } from "../output.ts";
import { MEMORY_SHAPES } from "../memory/shapes.ts";
import { MEDIUM, type Shape, SMALL } from "../shapes.ts";
import { type Contestant, takeTurns } from "../timing.ts";
import { howToInstallLlamaCpp, openLlamaCpp } from "../../test/export/llama-cpp.ts";
import { llamaCppGenerate } from "./llama-cpp.ts";
import { type Generation, openOurs, type Ours } from "./ours.ts";
import { findPython, howToInstall, type Peer, startPeer } from "./python.ts";

/** Medians of one comparison; `ratio` is how many times faster we are. */
interface Comparison {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  readonly peer: number;
  readonly ratio: number;
  readonly target: number;
  readonly library: string;
}

interface Bench {
  readonly python: string;
  readonly threads: number;
  readonly rounds: number;
  readonly ours: Ours;
}

/** SmolLM2-135M's shape. */
const REAL: Shape = { name: "135M", model: realModel(), sequences: 4, tokens: 512 };

function realModel(): Shape["model"] {
  const model = MEMORY_SHAPES["135M"];
  if (model === undefined) throw new RangeError("no shape 135M");
  return model;
}

const GENERATION: Generation = {
  shape: SMALL,
  sequences: 16,
  prompt: 64,
  tokens: 64,
};

async function compare(
  { rounds }: Bench,
  own: Contestant,
  peer: Peer,
  about: {
    readonly name: string;
    readonly tokens: number;
    readonly target: number;
  },
): Promise<Comparison> {
  const timings = await takeTurns([own, peer.contestant], rounds);
  await peer.close();
  const [mine, theirs] = [timings.median(own.name), timings.median(peer.contestant.name)];
  const { name, tokens, target } = about;
  const perSecond = tokens > 0;
  const result = {
    name,
    unit: perSecond ? "tokens/s" : "s",
    ours: rounded(perSecond ? tokens / mine : mine),
    peer: rounded(perSecond ? tokens / theirs : theirs),
    ratio: rounded(theirs / mine),
    target,
    library: peer.library,
  };
  row(`${name} [${result.unit}]`, result.ours, result.peer, `${result.ratio}x`, target > 0 ? `target ${target}x` : "");
  note(`  ${peer.library}, ${peer.params} parameters`);
  return result;
}

async function compareTraining(
  bench: Bench,
  shape: Shape,
  target: number,
  dtype: "float32" | "bfloat16" = "float32",
): Promise<Comparison> {
  const { sequences, tokens } = shape;
  const options = {
    threads: bench.threads,
    model: peerModel(shape),
    sequences,
    tokens,
    dtype,
    ...(shape === REAL ? { repeats: 1 } : {}),
  };
  const peer = await startPeer(bench.python, "train.py", `peer: train ${shape.name}`, options);
  const name = `train ${shape.name}, ${sequences} × ${tokens}${dtype === "float32" ? "" : ` (peer: ${dtype})`}`;
  return compare(bench, await bench.ours.train(shape), peer, {
    name,
    tokens: sequences * tokens,
    target,
  });
}

async function compareGenerate(bench: Bench, generation: Generation, target: number): Promise<Comparison> {
  const { shape, sequences, prompt, tokens } = generation;
  const options = {
    threads: bench.threads,
    model: peerModel(shape),
    sequences,
    prompt,
    tokens,
  };
  const peer = await startPeer(bench.python, "generate.py", "peer: generate", options);
  const name = `generate ${shape.name}, ${sequences} × (${prompt} + ${tokens})`;
  return compare(bench, await bench.ours.generate(generation), peer, { name, tokens: sequences * tokens, target });
}

/** One sequence and sixteen, beside float32 and beside what its users run; no target: printed, whatever it is. */
async function compareLlamaCpp(bench: Bench): Promise<Comparison[]> {
  const llama = await openLlamaCpp();
  if (llama === undefined) {
    note(howToInstallLlamaCpp());
    return [];
  }
  const found: Comparison[] = [];
  for (const sequences of [1, 16]) {
    const generation = { ...GENERATION, shape: REAL, sequences };
    const { prompt, tokens } = generation;
    for (const format of ["f32", "q8_0"] as const) {
      const peer = await llamaCppGenerate(llama, generation, format, bench.threads);
      const name = `generate 135M, ${sequences} × (${prompt} + ${tokens}) (llama.cpp ${format})`;
      const own = await bench.ours.generate(generation);
      found.push(await compare(bench, own, peer, { name, tokens: sequences * tokens, target: 0 }));
    }
  }
  await llama.dispose();
  return found;
}

async function compareGrpoStep(bench: Bench): Promise<Comparison> {
  const { shape, sequences, prompt, tokens } = GENERATION;
  const options = {
    threads: bench.threads,
    model: peerModel(shape),
    sequences,
    prompt,
    tokens,
    warmup: 2,
  };
  const peer = await startPeer(bench.python, "grpo.py", "peer: GRPO step", options);
  const name = `GRPO step, ${sequences} × ${tokens}`;
  return compare(bench, await bench.ours.grpoStep(GENERATION), peer, {
    name,
    tokens: 0,
    target: 3,
  });
}

/** config.json of the model. */
function peerModel({ model }: Shape): object {
  return JSON.parse(modelConfigToJson(model)) as object;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      threads: { type: "string" },
      rounds: { type: "string" },
      json: { type: "boolean" },
    },
  });
  const python = findPython();
  if (python === undefined) {
    note(howToInstall());
    json({ skipped: "no python with torch, transformers and trl" });
    return;
  }
  const threads = Number(values.threads ?? availableParallelism());
  const ours = await openOurs(threads);
  try {
    const isReal = positionals[0] === "models";
    const bench = { python, threads, rounds: Number(values.rounds ?? (isReal ? 3 : 9)), ours };
    row("", "ours", "peer", "ratio");
    if (isReal) {
      // PyTorch's bf16 beside our float32 has no target: it is printed, whatever it is.
      const train = [await compareTraining(bench, REAL, 1.2), await compareTraining(bench, REAL, 0, "bfloat16")];
      const generate = await compareGenerate(bench, { ...GENERATION, shape: REAL }, 2);
      json({ threads, train, generate, llamaCpp: await compareLlamaCpp(bench) });
      return;
    }
    const train = [await compareTraining(bench, SMALL, 1.3), await compareTraining(bench, MEDIUM, 1)];
    const generate = await compareGenerate(bench, GENERATION, 3);
    const grpoStep = await compareGrpoStep(bench);
    json({ threads, train, generate, grpoStep });
  } finally {
    await ours.close();
  }
}

try {
  await main();
} catch (thrown) {
  note(messageOf(thrown));
  process.exitCode = 1;
}
