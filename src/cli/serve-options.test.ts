import { describe, expect, it } from "vitest";
import { type ServeCommandOptions, serveSource } from "./serve-options.ts";
import { tinkerServing } from "./serve-tinker.ts";

const OPTIONS: ServeCommandOptions = { protocol: "tinker", host: "127.0.0.1", port: "0", set: [] };

describe("aepo serve", () => {
  it.each<[Partial<ServeCommandOptions>, string]>([
    [{ protocol: "grpc" }, "--protocol grpc: no such protocol\n  expected: openai, tinker"],
    [
      { dialect: "hermes" },
      "--dialect with --protocol tinker: its clients send and get tokens, no calls of tools\n  to fix: leave --dialect out",
    ],
    [
      { protocol: "openai", checkpoints: "here" },
      "--checkpoints with --protocol openai: its clients train nothing\n  to fix: leave --checkpoints out, or add --protocol tinker",
    ],
    [
      { host: "0.0.0.0" },
      "--host 0.0.0.0 without an API key: everybody who can reach this machine could use the model\n" +
        "  to fix: set AEPO_API_KEY, or leave --host out to serve this machine only",
    ],
  ])("refuses %j", (changes, message) => {
    expect(() => serveSource("bundled:atlas", { ...OPTIONS, ...changes })).toThrow(
      expect.objectContaining({ message }),
    );
  });

  it.each([
    ["policy.lora.rank=4", "policy.lora: adapters are made by clients (create_model)"],
    ["serve.reduction=median", "serve.reduction"],
    ["serve.maxOpen=4", "serve"],
  ])("refuses %s for tinker", (setting, message) => {
    const source = serveSource("bundled:atlas", { ...OPTIONS, set: [setting] });
    expect(() => tinkerServing(source)).toThrow(message);
  });
});
