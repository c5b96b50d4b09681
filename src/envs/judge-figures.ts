/** What a judge was asked and what it cost, for tasks whose reward has one. Values, added up. */

export interface JudgeFigures {
  /** Answers that it was to judge; exact matches and empty answers need no judge. */
  readonly answers: number;
  /** Of those, verdicts that were known already. */
  readonly cached: number;
  /** Of those, answers that it gave no verdict for. */
  readonly failed: number;
  /** Calls that were answered: a reply without a verdict is asked for again. */
  readonly calls: number;
  /** As the server counts them; calls whose server does not count are in `uncounted`. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly uncounted: number;
  /** By the prices that were set; 0 without. */
  readonly cost: number;
}

/** By the name of the part of the reward. */
export type JudgeLedger = Readonly<Record<string, JudgeFigures>>;

export const noJudgeFigures: JudgeFigures = {
  answers: 0,
  cached: 0,
  failed: 0,
  calls: 0,
  inputTokens: 0,
  outputTokens: 0,
  uncounted: 0,
  cost: 0,
};

export function addJudgeFigures(a: JudgeFigures, b: Partial<JudgeFigures>): JudgeFigures {
  const names = Object.keys(a) as (keyof JudgeFigures)[];
  return Object.fromEntries(names.map((name) => [name, a[name] + (b[name] ?? 0)])) as unknown as JudgeFigures;
}

/** "judge: 12 answers, 10 calls, 5,120 tokens read, 20 written", for people; one line a judge that was asked. */
export function judgeLines(ledger: JudgeLedger): string[] {
  return Object.entries(ledger)
    .filter(([, { answers }]) => answers > 0)
    .map(([name, { answers, cached, failed, calls, inputTokens, outputTokens, uncounted, cost }]) =>
      [
        `${name}: ${answers} answers`,
        ...(cached === 0 ? [] : [`${cached} known already`]),
        ...(failed === 0 ? [] : [`${failed} without a verdict`]),
        `${calls} calls`,
        `${inputTokens} tokens read`,
        `${outputTokens} written`,
        ...(uncounted === 0 ? [] : [`${uncounted} calls whose server counts none`]),
        ...(cost === 0 ? [] : [`cost ${Number(cost.toPrecision(3))}`]),
      ].join(", "),
    );
}
