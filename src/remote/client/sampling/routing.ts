/**
 * The number of a sample request. Where the server routes by it, all requests of one tree have one number and reach the replica that
 * has their prefixes cached; elsewhere a number that was used is a repeated request, so each has its own.
 */
export class Routing {
  private readonly trees = new Map<string, number>();
  private readonly byTree: boolean;
  private next = 1;

  constructor(byTree: boolean) {
    this.byTree = byTree;
  }

  seqId(tree: string | undefined): number {
    if (!this.byTree || tree === undefined) return this.next++;
    const known = this.trees.get(tree);
    if (known !== undefined) return known;
    const fresh = this.next++;
    this.trees.set(tree, fresh);
    return fresh;
  }
}
