/**
 * `npm run verify:models`: models of every architecture beside PyTorch's numbers, on the CPU and, where there is one, on the
 * software GPU; then the real model and its tokenizer where ../shared has it. No Python: the numbers are in golden/.
 * The last line on stdout is {"architectures", "worstLogits", "worstGradient", "tokenizerCases", "templateCases", "devices"};
 * errors are norms of differences over norms of references. Fails if anything is beyond its bound.
 */
import { chatCases } from "../../src/chat/testing/golden-chats.ts";
import { hasSoftwareGpu, NO_SOFTWARE_GPU } from "../../src/engine/testing/software-gpu.ts";
import { hasRealModel, REAL_MODEL } from "../../src/models/gguf/testing/real-model.ts";
import { architectureNames } from "./golden.ts";
import { isWithin, type Measured } from "./measure.ts";
import { worstOf } from "./norm-error.ts";
import { measureRealModel } from "./real-model.ts";
import { measureOn } from "./run-device.ts";
import { type Cases, realTokenizerCases } from "./tokenizer-cases.ts";

const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const failures: string[] = [];
const measured: Measured[] = [];

function take(device: string, model: string, found: Measured): void {
  const { greedy, ...errors } = found;
  const figures = Object.entries(errors).map(([what, error]) => `${what} ${error.toExponential(1)}`);
  const tokens = greedy === null ? "" : greedy ? ", greedy tokens equal" : ", greedy tokens DIFFERENT";
  say(`${device.padEnd(6)} ${model.padEnd(20)} ${figures.join(", ")}${tokens}`);
  measured.push(found);
  if (!isWithin(found)) failures.push(`${model} on ${device}`);
}

async function measureDevice(device: "cpu" | "webgpu"): Promise<void> {
  await measureOn(device, ({ model, measured: found }) => take(device, model, found));
}

async function measureReal(): Promise<Cases> {
  if (!hasRealModel) {
    say(`the real model: skipped, there is no ${REAL_MODEL}`);
    return { cases: 0, wrong: [] };
  }
  take("cpu", "SmolLM2-135M", await measureRealModel());
  return realTokenizerCases();
}

const devices: ("cpu" | "webgpu")[] = hasSoftwareGpu ? ["cpu", "webgpu"] : ["cpu"];
if (!hasSoftwareGpu) say(`webgpu: skipped, ${NO_SOFTWARE_GPU}`);
for (const device of devices) await measureDevice(device);
const tokenizer = await measureReal();
const chats = await chatCases();
if (chats.skipped.length > 0) say(`tokenizers skipped, not here: ${chats.skipped.join(", ")}`);
failures.push(...tokenizer.wrong.map((text) => `tokenizer: ${text}`));
failures.push(...chats.differences.map(({ what }) => `tokenizer or template: ${what}`));
for (const failure of failures) say(`FAILED: ${failure}`);
say(
  JSON.stringify({
    architectures: architectureNames(),
    worstLogits: worstOf(measured.map(({ logits }) => logits)),
    worstGradient: worstOf(measured.map(({ gradient }) => gradient)),
    tokenizerCases: tokenizer.cases + chats.tokenizerCases,
    templateCases: chats.templateCases,
    devices,
  }),
);
process.exitCode = failures.length === 0 ? 0 : 1;
