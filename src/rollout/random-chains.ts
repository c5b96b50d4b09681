/**
 * The growth rule of Tree-GRPO (B-TREE): in a round, N random non-leaf nodes of each tree grow one new chain each. The question
 * counts as a non-leaf; nodes are drawn uniformly without replacement, with it where there are fewer than N.
 */
import { randomStream } from "../std/random.ts";
import type { KeptState } from "./environment-state.ts";
import type { QuestionContext } from "./growth-context.ts";
import type { ForkPoint, LivePath } from "./live-path.ts";

/** A non-leaf: the end of a result that a turn followed, and the path that received it. */
interface InnerNode extends ForkPoint {
  readonly kept: KeptState;
  readonly owner: LivePath;
}

/** Where a chain of the tree of path `root` starts; null: at the question. */
export interface Chain {
  readonly root: number;
  readonly point: InnerNode | null;
}

export class RandomChains {
  private readonly context: QuestionContext;
  private readonly chains: number;
  /** Inner nodes by root, in order of creation of the roots. */
  private readonly trees = new Map<number, InnerNode[]>();
  private round = 0;

  constructor(context: QuestionContext, chains: number) {
    this.context = context;
    this.chains = chains;
  }

  /** A tree, with the question as its only non-leaf. */
  plant(root: number): void {
    this.trees.set(root, []);
  }

  /** A turn has followed a result: its node is no leaf. */
  add(owner: LivePath, { node, path, kept }: ForkPoint): void {
    // Nothing was kept in the last round: no chain will start there.
    if (kept !== null) this.trees.get(owner.root)?.push({ node, path, kept, owner });
  }

  /** The chains of the next round, tree by tree. Each tree and round has a random stream of its own. */
  draw(): Chain[] {
    const { seed, name, step, streamName } = this.context;
    const round = this.round++;
    return [...this.trees].flatMap(([root, inner]) => {
      const random = randomStream(seed, name, step, streamName, root, round, "chains");
      const nodes = [null, ...inner.toSorted((a, b) => a.node - b.node)];
      const drawn =
        nodes.length < this.chains
          ? Array.from({ length: this.chains }, () => random.pick(nodes))
          : random.shuffle(nodes).slice(0, this.chains);
      return drawn.map((point) => ({ root, point }));
    });
  }
}
