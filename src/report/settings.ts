/** What the report reads from a resolved config, whose shape belongs to other rooms: every field may be missing. */

export interface Settings {
  /** AEPO-R9: named beside every branch figure. */
  readonly order: string | null;
  readonly groupSize: number | null;
  /** τ, when branching is decided by a threshold. */
  readonly threshold: number | null;
  readonly totalSteps: number | null;
}

export function readSettings(config: unknown): Settings {
  const order = at(config, "algorithm", "order");
  const sampled = at(config, "algorithm", "decision") === "sample";
  return {
    order: typeof order === "string" ? order : null,
    groupSize: numberAt(config, "algorithm", "groupSize"),
    threshold: sampled ? null : numberAt(config, "algorithm", "branch", "threshold"),
    totalSteps: numberAt(config, "train", "steps"),
  };
}

function numberAt(value: unknown, ...path: readonly string[]): number | null {
  const found = at(value, ...path);
  return typeof found === "number" && Number.isFinite(found) ? found : null;
}

function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== "object" || found === null) return undefined;
    found = Object.entries(found).find(([name]) => name === key)?.[1];
  }
  return found;
}
