import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { renderRemotePlan } from "../../report/remote-plan-text.ts";
import { recipeSchema } from "../config.ts";
import { readConfig } from "../config-source.ts";
import { makeTask } from "../tasks.ts";
import { planRemote } from "./plan-remote.ts";

const text = readFileSync(new URL("../../../recipes/atlas-tinker.yaml", import.meta.url), "utf8");

async function planned(...overrides: string[]): Promise<string> {
  const { task, ...config } = readConfig(
    { name: "r.yaml", text, overrides: ["train.steps=10", ...overrides] },
    recipeSchema,
  );
  if (config.policy.engine !== "tinker") throw new Error("a recipe of a server");
  return renderRemotePlan(await planRemote(makeTask(task), config, config.policy));
}

it("says what a server is asked for, and that this machine's memory is not", async () => {
  expect(await planned("train.questionsPerStep=4", "algorithm.groupSize=8", "eval.every=0")).toMatchInlineSnapshot(`
    "atlas on http://127.0.0.1:8000, an adapter of rank 8
    vocabulary 280, sequences of up to 256 tokens

    memory: of this machine nothing worth a plan; weights, caches and the optimiser are the server's
    at most 64 sample requests at once (policy.concurrency)

    asked of the server            times  typical tokens         at most
      rollouts                        10          19,200          61,440
      updates                         80          19,200          61,440
      evaluations                      0               0               0
    typical: paths of 60 tokens (16 of the task's demonstrations); at most: of 192, the limit
    how fast the server is: aepo doctor --engine tinker --url http://127.0.0.1:8000"
  `);
});

it("says what is missing, and what does not fit", async () => {
  expect(await planned("policy.tokenizer=/no/model")).toContain(
    "its sizes are not known here\nnote: no checkpoint at /no/model\n",
  );
  expect(await planned("train.steps=1", "policy.tokenizer=bundled:atlas")).not.toContain("note:");
});
