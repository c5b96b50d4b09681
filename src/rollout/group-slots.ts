/**
 * Who gets the k slots of a group, and when (AEPO-R1, R5, R6, R9). Ids of paths are given in order of creation.
 * `synchronous`: all roots at once, forks as soon as they are made. `depthFirst`: one path at a time; when it has ended its
 * forks, newest first, then the next root. In both, what is left when all paths have ended becomes whole rollouts at once.
 */
import type { RootRole } from "./live-path.ts";
import type { GrowthRules } from "./rules.ts";

/** Roots that start together. */
export interface RootStart {
  readonly role: RootRole;
  readonly ids: readonly number[];
}

export class GroupSlots {
  private readonly rules: GrowthRules;
  private globalRollouts: number | null = null;
  private created = 0;
  private roots = 0;
  private branches = 0;
  private fills = 0;

  constructor(rules: GrowthRules) {
    this.rules = rules;
  }

  /** AEPO-R1: m is known. A discarded probe gives its slot back. */
  split(globalRollouts: number): void {
    this.globalRollouts = globalRollouts;
    if (this.rules.probe === "discard") [this.created, this.roots] = [0, 0];
  }

  /** AEPO-R5: branch rollouts that may still be made. */
  get branchesLeft(): number {
    return this.globalRollouts === null ? 0 : this.rules.groupSize - this.globalRollouts - this.branches - this.fills;
  }

  /** Roots that the first call of `nextRoots` will start. */
  get opening(): number {
    return this.rules.order === "synchronous" ? (this.globalRollouts ?? 1) : 1;
  }

  /** Whether every slot is taken (AEPO-R6). */
  get full(): boolean {
    return this.globalRollouts !== null && this.created === this.rules.groupSize;
  }

  /** The id of a new fork. */
  takeBranch(): number {
    this.branches++;
    return this.created++;
  }

  /** Roots to start now; `idle` says that every path made so far has ended. Null: none. */
  nextRoots(idle: boolean): RootStart | null {
    if (this.globalRollouts === null) return this.roots === 0 ? this.take("probe", 1) : null;
    const left = this.globalRollouts - this.roots;
    if (this.rules.order === "synchronous" && left > 0) return this.take("global", left);
    if (!idle) return null;
    if (left > 0) return this.take("global", 1);
    if (this.full || this.rules.chains !== undefined) return null;
    const oneByOne = this.rules.departures?.fillOneByOne === true;
    return this.take("fill", oneByOne ? 1 : this.rules.groupSize - this.created);
  }

  private take(role: RootRole, count: number): RootStart {
    if (role === "fill") this.fills += count;
    else this.roots += count;
    return { role, ids: Array.from({ length: count }, () => this.created++) };
  }
}
