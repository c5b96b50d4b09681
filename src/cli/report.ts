/** `aepo report`: the HTML report of a run folder. */
import { Command } from "commander";
import { writeReport } from "../report/write-report.ts";
import { printJson } from "./options.ts";

export function reportCommand(): Command {
  return new Command("report")
    .description("write the HTML report of a run: one self-contained file")
    .argument("<run>", "run folder, e.g. runs/atlas-aepo-1")
    .option("--json", "print one line of JSON on stdout")
    .action((run: string, options: { readonly json?: boolean }) => {
      const path = writeReport(run);
      if (options.json === true) printJson({ report: path });
      else process.stdout.write(`${path}\n`);
    });
}
