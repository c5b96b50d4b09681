/**
 * `npm run verify`: every loss and every advantage against its golden values, and the properties that define them, without
 * Python. The last line is JSON. Exits with 1 if a check fails or a rule of the specifications is not cited.
 */
import { methodSchema } from "../../src/algorithm/list.ts";
import { openInlineRuntime } from "../../src/engine/runtime/node.ts";
import { Programs } from "../../src/policy/programs.ts";
import { messageOf } from "../../src/std/errors.ts";
import { citations } from "../support/paper.ts";
import { advantageError } from "./advantage-error.ts";
import { clipCases, methodCases, valueCases } from "./golden.ts";
import { clipError, lossError } from "./loss-error.ts";
import { PROPERTIES } from "./properties.ts";
import { gaeError, valueError } from "./value-error.ts";

const LIMIT = 1e-5;

const runtime = await openInlineRuntime({ device: "cpu", threads: 1 });
const programs = new Programs(runtime);
let [checks, failed, worst] = [0, 0, 0];

function report(name: string, error: number): void {
  checks++;
  worst = Math.max(worst, error);
  const passed = error <= LIMIT;
  if (!passed) failed++;
  console.log(`${passed ? "ok  " : "FAIL"}  ${error.toExponential(1)}  ${name}`);
}

for (const golden of clipCases) report(`loss: ${golden.name}`, await clipError(programs, golden));
for (const golden of methodCases.losses) report(`loss: ${golden.name}`, await lossError(programs, golden));
for (const golden of methodCases.advantages) report(`advantage: ${golden.name}`, advantageError(golden));
for (const golden of valueCases.losses) report(`value loss: ${golden.name}`, await valueError(programs, golden));
for (const golden of valueCases.gae) report(`GAE: γ ${golden.gamma}, λ ${golden.lambda}`, gaeError(golden));
await runtime.close();

for (const { name, check } of PROPERTIES) {
  checks++;
  try {
    check();
    console.log(`ok    property  ${name}`);
  } catch (thrown) {
    failed++;
    console.log(`FAIL  property  ${name}\n${messageOf(thrown)}`);
  }
}

const uncited = citations()
  .filter(({ code, tests }) => code.length === 0 || tests.length === 0)
  .map(({ rule }) => rule);
if (uncited.length > 0) console.log(`FAIL  not cited by code and by a test: ${uncited.join(", ")}`);
const methods = methodSchema.options.length;
console.log(JSON.stringify({ methods, checks, worstRelativeError: worst, uncitedRules: uncited.length }));
if (failed + uncited.length > 0) process.exitCode = 1;
