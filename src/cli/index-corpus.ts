/** `aepo index`: a corpus as a file that the search tool reads; made again only if the corpus changed. */
import { Command } from "commander";
import { indexProgress } from "../report/index-progress.ts";
import { count } from "../report/figure-format.ts";
import { systemClock } from "../std/clock.ts";
import { AepoError } from "../std/errors.ts";
import { faultsOf } from "../tools/tool-input.ts";
import { type IndexSettings, indexSettingsSchema } from "../toolbox/search/index/index-settings.ts";
import { freshIndex } from "../toolbox/search/index/open-index.ts";
import { findingLines } from "../toolbox/search/index/tally.ts";
import { visible } from "../report/visible.ts";
import { interruptSignal } from "./interrupt.ts";
import { printJson } from "./options.ts";

interface IndexCommandOptions {
  readonly out?: string;
  readonly text?: string;
  readonly title?: string;
  readonly url?: string;
  readonly passageLength?: string;
  readonly skipMalformed?: boolean;
  readonly json?: boolean;
}

export function indexCommand(): Command {
  return new Command("index")
    .description("make the offline index of a corpus, for the search tool (provider: index)")
    .argument("<corpus>", "folder of text and Markdown files, or a file of rows: JSONL, Parquet")
    .option("--out <file>", "where to write it (CORPUS.search-index)")
    .option("--text <column>", "column of rows with the text of a document (text)")
    .option("--title <column>", "column with its title (title, where it is there)")
    .option("--url <column>", "column with its address (url, where it is there)")
    .option("--passage-length <n>", "characters of a passage; longer documents are cut into several (1000)")
    .option("--skip-malformed", "skip and count rows that cannot be read, instead of stopping there")
    .option("--json", "print one line of JSON on stdout")
    .addHelpText(
      "after",
      `
Examples:
  $ aepo index notes --out notes.index                       every .txt, .md, .jsonl and .parquet below notes
  $ aepo index wiki.parquet --text contents --title name     columns of other names

An index that is of this corpus, and made with these options, is left as it is. A build that is stopped leaves the old one, or none.`,
    )
    .action(async (corpus: string, options: IndexCommandOptions) => {
      const settings = settingsOf(options);
      const display = indexProgress({ stream: process.stderr, clock: systemClock });
      const { signal, release } = interruptSignal();
      try {
        const made = await freshIndex(corpus, options.out, settings, { signal, onProgress: display.progress });
        display.done();
        const { path, built, header } = made;
        const { files, documents, passages, findings } = header;
        for (const line of findingLines(findings)) process.stderr.write(`${visible(line)}\n`);
        const figures = `${count(documents)} documents, ${count(passages)} passages, ${count(files)} files`;
        process.stderr.write(`${figures}${built ? "" : ": the corpus has not changed"}\n`);
        if (options.json === true)
          printJson({ path, built, files, documents, passages, findings: Object.fromEntries(findings) });
        else process.stdout.write(`${path}\n`);
      } finally {
        display.done();
        release();
      }
    });
}

function settingsOf({ text, title, url, passageLength, skipMalformed }: IndexCommandOptions): IndexSettings {
  const given = { text, title, url };
  const parsed = indexSettingsSchema.safeParse({
    columns: Object.fromEntries(Object.entries(given).filter(([, name]) => name !== undefined)),
    ...(passageLength === undefined ? {} : { passageLength: Number(passageLength) }),
    malformed: skipMalformed === true ? "skip" : "error",
  });
  if (parsed.success) return parsed.data;
  throw new AepoError("usage", faultsOf(parsed.error).replace("passageLength", "--passage-length"));
}
