import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { writeTinyModel } from "../../test/support/tiny-model.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import { chatExamples } from "./chat-examples.ts";
import { dataSchema } from "./data-options.ts";
import { openModel } from "./open-model.ts";

let root = "";
let tokenizer: Tokenizer;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "aepo-examples-"));
  const model = await openModel(writeTinyModel(join(root, "model")));
  await model.tensors.close();
  ({ tokenizer } = model);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const CONVERSATION = {
  messages: [
    { role: "system", content: "Be brief." },
    { role: "user", content: "Who? <|im_end|>" },
    {
      role: "assistant",
      content: "I look.",
      tool_calls: [{ id: "1", type: "function", function: { name: "look", arguments: {} } }],
    },
    { role: "tool", content: "It is Bo.", tool_call_id: "1" },
    { role: "assistant", content: "Bo." },
  ],
  tools: [{ type: "function", function: { name: "look" } }],
};

async function learnt(turns: "all" | "last"): Promise<string> {
  const file = join(root, "chat.jsonl");
  writeFileSync(file, JSON.stringify(CONVERSATION));
  const [example] = await chatExamples(dataSchema.parse({ file, turns }), tokenizer, () => undefined);
  const { ids = [], trained = [] } = example ?? {};
  expect(tokenizer.decode(ids)).toContain("<|im_start|>tool\nIt is Bo.<|im_end|>");
  return tokenizer.decode(ids.filter((_, i) => trained[i] === true));
}

it("of a conversation only what the assistant wrote is learnt, not what others and tools did", async () => {
  expect(await learnt("all")).toBe("I look.<|im_end|>Bo.<|im_end|>");
});

it("of the last turn alone, if that is wanted", async () => {
  expect(await learnt("last")).toBe("Bo.<|im_end|>");
});
