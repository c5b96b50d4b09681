/**
 * Finds known tags in a text that comes in pieces. A tag begins with "<" and has no other in it; the beginning of one at the end
 * of a piece is held back until it is clear what it is. Linear in the text.
 */

export type Scanned = { readonly tag: string } | { readonly text: string };

export class TagScanner {
  private readonly tags: readonly string[];
  private readonly pattern: RegExp;
  private readonly longest: number;
  private held = "";

  constructor(tags: readonly string[]) {
    this.tags = tags;
    this.pattern = new RegExp(tags.map((tag) => tag.replaceAll(/[|\\{}()[\]^$+*?.]/g, "\\$&")).join("|"), "g");
    this.longest = Math.max(...tags.map(({ length }) => length));
  }

  push(piece: string): Scanned[] {
    const text = this.held + piece;
    const found: Scanned[] = [];
    let from = 0;
    for (const { 0: tag, index } of text.matchAll(this.pattern)) {
      if (index > from) found.push({ text: text.slice(from, index) });
      found.push({ tag });
      from = index + tag.length;
    }
    const to = Math.max(from, this.openTag(text));
    if (to > from) found.push({ text: text.slice(from, to) });
    this.held = text.slice(to);
    return found;
  }

  /** What was held back is no tag after all. */
  end(): Scanned[] {
    const text = this.held;
    this.held = "";
    return text === "" ? [] : [{ text }];
  }

  /** Where a tag may have begun that the text does not finish. */
  private openTag(text: string): number {
    const near = text.slice(Math.max(0, text.length - this.longest));
    const at = near.lastIndexOf("<");
    if (at < 0) return text.length;
    const open = near.slice(at);
    return this.tags.some((tag) => tag.startsWith(open)) ? text.length - open.length : text.length;
  }
}
