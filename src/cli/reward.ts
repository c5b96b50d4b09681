/** `aepo reward`: tries a reward on pairs of gold and predicted answers. */
import { Command } from "commander";
import { openPart } from "../rewards/open-reward.ts";
import { accuracyKinds, type PartSettings, partSchemas } from "../rewards/options.ts";
import { disagrees, isRight, type PairResult, pairsFigures, readPairs, tryReward } from "../rewards/try-reward.ts";
import { AepoError } from "../std/errors.ts";
import { readConfig } from "../train/config-source.ts";
import { printJson } from "./options.ts";

interface RewardCommandOptions {
  readonly pairs: string;
  readonly set: readonly string[];
  readonly show: string;
  readonly json?: boolean;
}

export function rewardCommand(): Command {
  return new Command("reward")
    .description(
      "try a reward on pairs of gold and predicted answers: scores, agreement with verdicts, false positives",
    )
    .argument("<name>", accuracyKinds.join(", "))
    .requiredOption(
      "--pairs <file>",
      "rows {gold, pred[, verdict][, question][, choices]}: .jsonl, .json (each also .gz) or .parquet",
    )
    .option(
      "--set <key=value...>",
      "settings of the reward, e.g. --set model=NAME baseURL=http://127.0.0.1:8000/v1",
      [],
    )
    .option(
      "--show <n>",
      "rows to print: those that disagree with their verdict, or the first ones if there are no verdicts",
      "20",
    )
    .option("--json", "print one line of JSON on stdout at the end; everything else goes to stderr")
    .addHelpText(
      "after",
      `
Examples:
  $ aepo reward math --pairs pairs.jsonl
  $ aepo reward judge --pairs pairs.jsonl --set baseURL=http://127.0.0.1:8000/v1 model=Qwen2.5-72B-Instruct cache=verdicts.jsonl
gold is a text or a list of accepted texts; verdict (true or false) is what the reward is compared with.`,
    )
    .action(async (name: string, options: RewardCommandOptions) => {
      const settings = settingsOf(name, options.set);
      const show = rowsToShow(options.show);
      const pairs = await readPairs(options.pairs);
      const part = await openPart(settings);
      const results = await tryReward(part, pairs).finally(async () => part.close?.());
      const figures = pairsFigures(results);
      process.stderr.write(`${renderRows(results, show)}${renderFigures(name, figures)}\n`);
      if (options.json === true) printJson(figures);
    });
}

function settingsOf(name: string, overrides: readonly string[]): PartSettings {
  const kind = accuracyKinds.find((one) => one === name);
  if (kind === undefined) {
    throw new AepoError("usage", `no reward "${name}" can be tried on pairs`, { expected: accuracyKinds.join(", ") });
  }
  return { [kind]: readConfig({ name: `reward ${kind}`, text: "", overrides }, partSchemas[kind]) };
}

function rowsToShow(text: string): number {
  const rows = Number(text);
  if (Number.isSafeInteger(rows) && rows >= 0) return rows;
  throw new AepoError("usage", `--show ${text}`, { expected: "a number of rows, 0 or more" });
}

function renderRows(results: readonly PairResult[], show: number): string {
  const hasVerdicts = results.some(({ pair }) => pair.verdict !== null);
  const chosen = hasVerdicts ? results.filter((result) => disagrees(result)) : results;
  const lines = chosen.slice(0, show).map((result) => renderRow(result));
  const rest = chosen.length - lines.length;
  return [...lines, ...(rest > 0 ? [`… and ${rest} more (--show)`] : [])].map((line) => `${line}\n`).join("");
}

function renderRow(result: PairResult): string {
  const { pair, said } = result;
  const score = said === null ? "nothing to say" : "failed" in said ? `failed: ${said.failed}` : String(said.score);
  const against =
    pair.verdict === null || said === null || "failed" in said
      ? ""
      : isRight(result)
        ? "  false positive"
        : "  false negative";
  const golds = pair.golds.map((gold) => short(gold)).join(" | ");
  return `${pair.place}  ${score}${against}\n    gold ${golds}\n    pred ${short(pair.pred)}`;
}

/** The end of a text, where answers stand, on one line. */
function short(text: string): string {
  const line = JSON.stringify(text);
  return line.length > 120 ? `…${line.slice(-120)}` : line;
}

function renderFigures(name: string, figures: ReturnType<typeof pairsFigures>): string {
  const { pairs, agreement, falsePositives, falseNegatives, verdicts, failed, meanScore } = figures;
  const percent = (share: number | null): string => (share === null ? "–" : `${(100 * share).toFixed(2)} %`);
  const mean = meanScore === null ? "–" : meanScore.toFixed(4);
  const judged = failed === 0 ? "" : `, ${failed} could not be judged`;
  const compared =
    verdicts === 0
      ? "no verdicts to compare with"
      : `agreement ${percent(agreement)}, false positives ${percent(falsePositives)}, false negatives ${percent(falseNegatives)} of ${verdicts}`;
  return `${name}: ${pairs} pairs${judged}, mean score ${mean}; ${compared}`;
}
