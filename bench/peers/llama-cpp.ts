/** llama.cpp (by node-llama-cpp, see test/export/llama-cpp.ts): random weights of a shape as a GGUF file, prompts continued side by side. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { byteAlphabet } from "../../src/chat/byte-alphabet.ts";
import type { TokenizerFiles } from "../../src/chat/tokenizer-files.ts";
import { type ExportFormat, writeGgufFile } from "../../src/models/gguf/write-gguf.ts";
import { noiseReader } from "../../src/policy/noise-reader.ts";
import { parameterCount } from "../../src/policy/parameters.ts";
import { randomStream } from "../../src/std/random.ts";
import { FULL, type LlamaCpp } from "../../test/export/llama-cpp.ts";
import { randomIds } from "../batches.ts";
import { timed } from "../timing.ts";
import type { Generation } from "./ours.ts";
import type { Peer } from "./python.ts";

/** Samples at temperature 1 from the whole distribution, as the others do. */
export async function llamaCppGenerate(
  llama: LlamaCpp,
  { shape, sequences, prompt, tokens }: Generation,
  format: ExportFormat,
  threads: number,
): Promise<Peer> {
  const folder = mkdtempSync(join(tmpdir(), "aepo-bench-llama-"));
  const path = join(folder, "model.gguf");
  const config = shape.model;
  await writeGgufFile(path, {
    config,
    tensors: noiseReader(config),
    source: "noise",
    tokenizer: numberedWords(config.vocab_size),
    format,
    name: "noise",
  });
  const model = await llama.loadModel({ modelPath: path });
  const context = await model.createContext({ sequences, contextSize: prompt + tokens, threads });
  const places = Array.from({ length: sequences }, () => context.getSequence());
  const random = randomStream(1, "llama.cpp");
  return {
    contestant: timed(`peer: llama.cpp ${format}`, async () => {
      await Promise.all(
        places.map(async (place) => {
          await place.clearHistory();
          let count = 0;
          for await (const _ of place.evaluate(randomIds(random, prompt, config.vocab_size), {
            ...FULL,
            yieldEogToken: true,
          })) {
            if (++count === tokens) break;
          }
          if (count < tokens) throw new Error(`llama.cpp ended after ${count} tokens`);
        }),
      );
    }),
    library: `llama.cpp by node-llama-cpp, ${format}`,
    params: parameterCount(config),
    async close() {
      await context.dispose();
      await model.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** llama.cpp opens no model without one: every byte, then words that are numbers. */
function numberedWords(size: number): TokenizerFiles {
  const bytes = [...byteAlphabet().keys()];
  const words = Array.from({ length: size - bytes.length }, (_, i) => `w${i}`);
  const vocab = Object.fromEntries([...bytes, ...words].map((word, id) => [word, id]));
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
  return {
    tokenizer: {
      added_tokens: [],
      pre_tokenizer: byteLevel,
      decoder: byteLevel,
      model: { type: "BPE", vocab, merges: [] },
    },
    config: { eos_token: words[0] ?? "" },
  };
}
