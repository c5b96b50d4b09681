/** `aepo export`: a trained policy as files that other programs load. */
import { Command, Option } from "commander";
import { EXPORT_TARGETS, type ExportTarget, exportModel } from "../export/export-model.ts";
import { EXPORT_FORMATS, type ExportFormat } from "../models/gguf/write-gguf.ts";
import { AepoError } from "../std/errors.ts";
import { printJson } from "./options.ts";

interface ExportCommandOptions {
  readonly to: ExportTarget;
  readonly out: string;
  readonly format?: ExportFormat;
  readonly json?: boolean;
}

export function exportCommand(): Command {
  return new Command("export")
    .description(
      "write a trained policy as files that other programs load, with a model card that says how it was trained",
    )
    .argument("<model>", "run folder (its best checkpoint), checkpoint folder, GGUF file or bundled:NAME")
    .addOption(
      new Option("--to <target>", "hf: a Hugging Face folder; gguf: a file for llama.cpp; lora: adapters for PEFT")
        .choices(EXPORT_TARGETS)
        .makeOptionMandatory(),
    )
    .requiredOption("--out <path>", "folder (hf, lora) or file (gguf) to write; must not exist")
    .addOption(
      new Option("--format <format>", "of the matrices, only with --to gguf (default f16)").choices(EXPORT_FORMATS),
    )
    .option("--json", "print one line of JSON on stdout")
    .addHelpText(
      "after",
      `
Examples:
  $ aepo export runs/atlas-aepo-1 --to hf --out exported/atlas         then AutoModelForCausalLM.from_pretrained("exported/atlas")
  $ aepo export runs/english --to gguf --format q8_0 --out english.gguf   then llama-cli -m english.gguf
  $ aepo export runs/english-lora --to lora --out adapters             then PeftModel.from_pretrained(base, "adapters")`,
    )
    .action(async (model: string, { to, out, format, json }: ExportCommandOptions) => {
      if (format !== undefined && to !== "gguf") {
        throw new AepoError("usage", `--format ${format} has no effect with --to ${to}`, {
          fix: "leave it out: hf and lora are float32",
        });
      }
      const files = await exportModel({ model, to, out, format: format ?? "f16" });
      if (json === true) printJson({ files });
      else process.stdout.write(`${files.join("\n")}\n`);
    });
}
