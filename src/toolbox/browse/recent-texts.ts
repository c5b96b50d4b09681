/** The texts that were read last, by address: as many as fit. */
import type { BrowsedText } from "./browsed-text.ts";

const MOST_TEXTS = 32;
const MOST_CHARS = 32 * 1024 * 1024;

export class RecentTexts {
  private readonly texts = new Map<string, BrowsedText>();

  get(address: string): BrowsedText | undefined {
    return this.texts.get(address);
  }

  set(address: string, text: BrowsedText): void {
    this.texts.delete(address);
    this.texts.set(address, text);
    for (const oldest of this.texts.keys()) {
      if (this.texts.size <= MOST_TEXTS && this.chars() <= MOST_CHARS) return;
      this.texts.delete(oldest);
    }
  }

  private chars(): number {
    return [...this.texts.values()].reduce((sum, { text }) => sum + text.length, 0);
  }
}
