/** The tree as it is written while it grows: nodes, ended paths, decisions, notes. Append only, but for a discarded probe. */
import type { Question, Reward } from "../envs/task.ts";
import { ledgerOf } from "./ledger.ts";
import type { LivePath } from "./live-path.ts";
import type {
  Budget,
  Decision,
  DiscardedProbe,
  EndReason,
  Path,
  PolicyTurn,
  RolloutTree,
  ToolResult,
  TreeNode,
} from "./tree.ts";

/** Judging may take longer than growing. */
type EndedPath = Omit<Path, "reward"> & { readonly reward: Reward | Promise<Reward> };

export class TreeRecord {
  private readonly nodes: TreeNode[] = [{ id: 0, parent: null, turn: null, result: null }];
  private readonly ended: (EndedPath | undefined)[] = [];
  private readonly decisions: Decision[] = [];
  private readonly notes = new Set<string>();
  private discarded: DiscardedProbe | null = null;
  private replayed = 0;
  private measured: PolicyTurn | null = null;

  /** Id of the new node. */
  addTurn(parent: number, turn: PolicyTurn, stateKey?: string): number {
    const id = this.nodes.length;
    this.nodes.push({ id, parent, turn, result: null, ...(stateKey === undefined ? {} : { stateKey }) });
    return id;
  }

  addResult(node: number, result: ToolResult): void {
    this.nodes[node] = { ...this.node(node), result };
  }

  addDecision(decision: Decision): void {
    this.decisions.push(decision);
  }

  addNote(note: string): void {
    this.notes.add(note);
  }

  /** What H_root was measured on, if that is no step of a path. */
  get rootTurn(): PolicyTurn | null {
    return this.measured;
  }

  setRootTurn(turn: PolicyTurn): void {
    this.measured = turn;
  }

  addReplayed(calls: number): void {
    this.replayed += calls;
  }

  /** `reward` never rejects. */
  end({ id, origin, root, leaf }: LivePath, end: EndReason, reward: Reward | Promise<Reward>): void {
    this.ended[id] = { id, origin, root, leaf, end, reward };
  }

  node(id: number): TreeNode {
    const node = this.nodes[id];
    if (node === undefined) throw new RangeError(`there is no node ${id}`);
    return node;
  }

  /** Nodes after the prompt's: those of the probe while nothing else has grown. */
  written(): readonly TreeNode[] {
    return this.nodes.slice(1);
  }

  /** AEPO-R1: the probe leaves the group, its tokens stay in the ledger. */
  discardProbe(): void {
    this.discarded = { nodes: this.nodes.splice(1), end: this.ended[0]?.end ?? "tool-failure" };
    this.ended.length = 0;
  }

  /** When all rewards are there. */
  async tree(
    task: string,
    { id, prompt, answers }: Question,
    promptIds: readonly number[],
    budget: Budget,
  ): Promise<RolloutTree> {
    const ended = this.ended.filter((path) => path !== undefined);
    const grown = {
      nodes: this.nodes,
      paths: await Promise.all(ended.map(async (path) => ({ ...path, reward: await path.reward }))),
      ...(this.discarded === null ? {} : { discarded: this.discarded }),
      ...(this.measured === null ? {} : { rootTurn: this.measured }),
    };
    return {
      task,
      question: { id, prompt, answers },
      promptIds,
      ...grown,
      decisions: this.decisions,
      budget,
      ledger: ledgerOf(grown, this.replayed),
      ...(this.notes.size === 0 ? {} : { notes: [...this.notes] }),
    };
  }
}
