/** What makes two questions the same one: their text, without regard to case, spacing and forms of characters. */
import { createHash } from "node:crypto";

export function questionKey(prompt: string): string {
  const plain = prompt.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim();
  // A lone surrogate has no UTF-8; all of them become the same character.
  return createHash("sha256").update(plain, "utf8").digest("hex").slice(0, 32);
}
