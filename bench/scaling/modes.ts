/** The ways a step can be run that are compared. */

export interface Mode {
  readonly name: string;
  readonly algorithm: "aepo" | "aepo without probe" | "grpo";
  /** Decode while tools run. */
  readonly overlap: boolean;
  /** Rollouts of a step run while the step before is trained on. */
  readonly offPolicy: boolean;
  /** Requests of a tree reach the replica that has its prefixes. */
  readonly routing: "tree" | "request";
}

const AEPO = { algorithm: "aepo", offPolicy: false, routing: "tree" } as const;

export const MODES: readonly Mode[] = [
  { ...AEPO, name: "synchronous", overlap: false },
  { ...AEPO, name: "overlapped tools", overlap: true },
  { ...AEPO, name: "one step off policy", overlap: true, offPolicy: true },
  { ...AEPO, name: "overlapped, no probe", overlap: true, algorithm: "aepo without probe" },
  { ...AEPO, name: "overlapped, routed by request", overlap: true, routing: "request" },
  { ...AEPO, name: "overlapped, GRPO", overlap: true, algorithm: "grpo" },
];
