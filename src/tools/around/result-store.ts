/** Where a cache keeps results: in memory, bounded by number and by size; what was used longest ago goes first. */

export interface ResultStore {
  get(key: string): string | undefined;
  set(key: string, text: string): void;
}

export interface StoreBounds {
  readonly entries: number;
  /** Of keys and texts together. */
  readonly characters: number;
}

export class MemoryStore implements ResultStore {
  private readonly bounds: StoreBounds;
  /** In the order of their last use. */
  private readonly kept = new Map<string, string>();
  private characters = 0;

  constructor(bounds: StoreBounds) {
    this.bounds = bounds;
  }

  get(key: string): string | undefined {
    const text = this.kept.get(key);
    if (text === undefined) return undefined;
    this.kept.delete(key);
    this.kept.set(key, text);
    return text;
  }

  /** A result that is larger than all there is room for is not kept. */
  set(key: string, text: string): void {
    this.drop(key);
    if (key.length + text.length > this.bounds.characters) return;
    this.kept.set(key, text);
    this.characters += key.length + text.length;
    while (this.kept.size > this.bounds.entries || this.characters > this.bounds.characters) {
      const [oldest] = this.kept.keys();
      if (oldest === undefined) return;
      this.drop(oldest);
    }
  }

  entries(): IterableIterator<[string, string]> {
    return this.kept.entries();
  }

  get size(): number {
    return this.kept.size;
  }

  private drop(key: string): void {
    const text = this.kept.get(key);
    if (text === undefined) return;
    this.kept.delete(key);
    this.characters -= key.length + text.length;
  }
}
