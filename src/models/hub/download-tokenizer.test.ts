import { readdirSync } from "node:fs";
import { expect, it } from "vitest";
import { downloadTokenizer } from "./download-tokenizer.ts";
import { failure } from "./testing/failure.ts";
import { COMMIT_A } from "./testing/hub-server.ts";
import { useHub } from "./testing/tiny-repository.ts";

const NAME = "hf://tiny/llama";
const hub = useHub();

it("fetches what is beside the weights, once", async () => {
  const folder = await downloadTokenizer(NAME, hub.options());
  expect(readdirSync(folder).sort()).toEqual([
    "chat_template.jinja",
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
  ]);
  hub.server.seen.length = 0;
  expect(await downloadTokenizer(NAME, hub.options())).toBe(folder);
  expect(await downloadTokenizer(`${NAME}@${COMMIT_A}`, hub.options())).toBe(folder);
  expect(await downloadTokenizer(NAME, { ...hub.options(), offline: true })).toBe(folder);
  expect(hub.server.seen).toEqual([]);
});

it("says what is missing where it may not be fetched", async () => {
  const message = await failure(downloadTokenizer(NAME, { ...hub.options(), offline: true }));
  expect(message).toMatch(
    /^the tokenizer of hf:\/\/tiny\/llama is not in the cache, and HF_HUB_OFFLINE forbids to fetch it\n {2}expected: .*config\.json, .*tokenizer\.json\n/,
  );
});
