import { describe, expect, it } from "vitest";
import { rejectionMessage } from "../../../test/support/thrown.ts";
import { openHuggingFaceFolder } from "./open-folder.ts";
import { type FileContent, tinyFiles, withFolder } from "./testing/model-folder.ts";

const TOKENIZER = { model: { type: "BPE" } };
const LIST = [
  { name: "tool_use", template: "with tools" },
  { name: "default", template: "by default" },
];

describe("the chat template of a folder", () => {
  it.each<[string, Record<string, FileContent>, object]>([
    [
      "is in the tokenizer's config",
      { "tokenizer_config.json": { eos_token: "x", chat_template: "a" } },
      { eos_token: "x", chat_template: "a" },
    ],
    [
      "is the default of several",
      { "tokenizer_config.json": { chat_template: LIST } },
      { chat_template: "by default" },
    ],
    [
      "is the only one of a list",
      { "tokenizer_config.json": { chat_template: LIST.slice(0, 1) } },
      { chat_template: "with tools" },
    ],
    [
      "is a file of its own, which goes first",
      { "tokenizer_config.json": { chat_template: LIST }, "chat_template.jinja": "{{ é }}\n" },
      { chat_template: "{{ é }}\n" },
    ],
    [
      "is in the older file",
      { "tokenizer_config.json": {}, "chat_template.json": { chat_template: "b" } },
      { chat_template: "b" },
    ],
    ["is needed by nothing", { "tokenizer_config.json": { eos_token: "x", chat_template: null } }, { eos_token: "x" }],
    ["needs no config", { "chat_template.jinja": "c" }, { chat_template: "c" }],
  ])("%s", (_, files, config) =>
    withFolder({ ...tinyFiles(), "tokenizer.json": TOKENIZER, ...files }, async (folder) => {
      const model = await openHuggingFaceFolder(folder);
      expect(model.tokenizer).toEqual({ tokenizer: TOKENIZER, config });
      await model.tensors.close();
    }),
  );

  it("cannot be chosen from several without a default", () =>
    withFolder(
      {
        ...tinyFiles(),
        "tokenizer.json": TOKENIZER,
        "tokenizer_config.json": { chat_template: [{ name: "rag", template: "r" }, LIST[0], 5, { name: "half" }] },
      },
      async (folder) => {
        expect(await rejectionMessage(openHuggingFaceFolder(folder))).toBe(
          `${folder}/tokenizer_config.json: chat_template has no default\n` +
            '  expected: a text, or a list of { "name", "template" } of which one is named "default"\n' +
            "  found: rag, tool_use",
        );
      },
    ));

  it("is no megabytes of text", () =>
    withFolder(
      { ...tinyFiles(), "tokenizer.json": TOKENIZER, "chat_template.jinja": "x".repeat(1_000_001) },
      async (folder) => {
        expect(await rejectionMessage(openHuggingFaceFolder(folder))).toBe(
          `${folder}/chat_template.jinja has 1000001 bytes\n  expected: at most 1000000`,
        );
      },
    ));
});
