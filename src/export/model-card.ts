/** README.md beside an exported model: what it is, how it was trained, what came out; every figure from the run's own records. */
import { passAt, sortRecords } from "../report/run-data.ts";
import { fixed, interval } from "../report/figure-format.ts";
import type { EvalRecord, MetricRecord } from "../run/records.ts";

export interface CardFacts {
  readonly name: string;
  /** What the files are, in a sentence. */
  readonly files: string;
  /** Architecture and size. */
  readonly model: string;
  /** The run's resolved config and records; null for a model that was not trained in a run. */
  readonly run: { readonly config: string; readonly metrics: readonly MetricRecord[] } | null;
  readonly checkpoint: string;
}

export function modelCard({ name, files, model, run, checkpoint }: CardFacts): string {
  return [
    "---\nlibrary_name: transformers\ntags: [aepo, reinforcement-learning, agents]\n---",
    `# ${name}`,
    `${files} ${model}.`,
    ...(run === null ? [`Made from \`${checkpoint}\` with aepo; no run's records were beside it.`] : trained(run)),
    "",
  ].join("\n\n");
}

function trained({ config, metrics }: NonNullable<CardFacts["run"]>): string[] {
  const { steps, evaluations } = sortRecords(metrics);
  const header = metrics.find((record) => record.kind === "header");
  const how =
    header === undefined
      ? "Trained with aepo."
      : `Trained with aepo: ${header.algorithm} on the task \`${header.task}\`, seed ${header.seed}, ${steps.length} steps, on ${header.machine.cpu} (${header.machine.device}).`;
  return [
    "## How it was trained",
    how,
    ...(evaluations.length === 0 ? [] : ["## Held-out questions", evaluationTable(evaluations)]),
    "## Configuration",
    `\`\`\`json\n${config.trim()}\n\`\`\``,
  ];
}

/** Pass@k with 95 % intervals over questions, a row an evaluation. */
function evaluationTable(evaluations: readonly EvalRecord[]): string {
  const ks = [...new Set(evaluations.flatMap(({ passAtK }) => passAtK.map(({ k }) => k)))].sort((a, b) => a - b);
  const rows = evaluations.map((record) => {
    const cells = ks.map((k) => {
      const found = passAt(record, k);
      return found === null ? "" : `${fixed(found.value)} (${interval(found.low, found.high)})`;
    });
    return `| ${record.step} | ${record.questions} × ${record.samples} | ${record.temperature} | ${cells.join(" | ")} |`;
  });
  return [
    `| step | questions × samples | temperature | ${ks.map((k) => `Pass@${k}`).join(" | ")} |`,
    `|---|---|---|${ks.map(() => "---|").join("")}`,
    ...rows,
  ].join("\n");
}
