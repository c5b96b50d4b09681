/** AEPO-R3, R4, R5: whether a tool step branches, and how often. Pure: measurements and a draw in, a decision out. */
import type { GrowthRules } from "./rules.ts";
import type { Decision } from "./tree.ts";

/** One tool step whose following turn has been written. */
export interface ToolStep {
  readonly node: number;
  readonly path: number;
  readonly tool: string;
  /** Index of the tool step on its path, from 0: its round (AEPO-R9). */
  readonly turn: number;
  /** Nats. */
  readonly entropy: number;
  readonly rootEntropy: number;
}

export interface DecisionContext {
  /** l of the path. */
  readonly consecutive: number;
  /** Nats a unit of the entropy scale (AEPO-H5). */
  readonly entropyDivisor: number;
  readonly budgetLeft: number;
  /** Whether the environment's state can be had again (AEPO-R8). */
  readonly forkable: boolean;
  /** A draw of the step's own stream, in [0, 1), always the same; only asked for by rules that use one. */
  draw(): number;
}

export function decide(rules: GrowthRules, step: ToolStep, context: DecisionContext): Decision {
  const deltaEntropy = (step.entropy - step.rootEntropy) / context.entropyDivisor;
  const { consecutive, budgetLeft } = context;
  const { noise = false, atLeast = false } = rules.departures ?? {};
  const measured = { deltaEntropy, ...(noise ? { noise: context.draw() } : {}) };
  const probability = rules.branchProbability({ ...measured, consecutive });
  const probabilityAtZero = rules.branchProbability({ ...measured, consecutive: 0 });
  const comparedWith = rules.decision.kind === "threshold" ? rules.decision.threshold : context.draw();
  const isEnough = (p: number): boolean => (atLeast ? p >= comparedWith : p > comparedWith);
  const wanted = isEnough(probability);
  const blockedBy = !wanted ? "probability" : budgetLeft === 0 ? "budget" : context.forkable ? null : "state";
  return {
    ...step,
    deltaEntropy,
    consecutive,
    probability,
    probabilityAtZero,
    comparedWith,
    wanted,
    wantedAtZero: isEnough(probabilityAtZero),
    forks: blockedBy === null ? Math.min(rules.width, budgetLeft) : 0,
    budgetLeft,
    blockedBy,
  };
}

/** The same decision when the state turned out not to be had again (AEPO-R8). */
export function withoutState(decision: Decision): Decision {
  return { ...decision, forks: 0, blockedBy: "state" };
}
