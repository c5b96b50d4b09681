/** How many columns a text takes in a terminal, and wrapping by columns. Text must be free of control characters. */

const WIDE =
  /[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff01-\uff60]/u;
const NONE = /[\p{M}\u200c\u200d]/u;

export function displayWidth(text: string): number {
  let width = 0;
  for (const sign of text) width += signWidth(sign);
  return width;
}

/** `text` filled with spaces to `width` columns. */
export function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - displayWidth(text)));
}

/** A piece of text with its paint; paint may add no visible character. */
export interface Piece {
  readonly text: string;
  paint?(text: string): string;
}

/** Pieces as lines of at most `width` columns, cut at spaces where possible and at every line feed. */
export function wrapPieces(pieces: readonly Piece[], width: number): string[] {
  const lines: Piece[][] = [[]];
  let used = 0;
  const breakLine = (): void => {
    lines.push([]);
    used = 0;
  };
  for (const piece of pieces) {
    for (const word of piece.text.replaceAll("\t", "  ").split(/(\n|[ ]+)/)) {
      const columns = displayWidth(word);
      if (word === "\n" || (used > 0 && used + columns > width)) breakLine();
      // A line feed is spent; so is the space a line was broken at.
      if (word === "" || word === "\n" || (word.trim() === "" && used === 0 && lines.length > 1)) continue;
      for (const part of cut(word, width)) {
        if (used > 0 && used + displayWidth(part) > width) breakLine();
        lines.at(-1)?.push({ ...piece, text: part });
        used += displayWidth(part);
      }
    }
  }
  return lines.map(painted);
}

/** A line without spaces at its end; neighbours with the same paint are painted in one go. */
function painted(line: readonly Piece[]): string {
  const runs: Piece[] = [];
  for (const piece of line) {
    const last = runs.at(-1);
    if (last !== undefined && last.paint === piece.paint)
      runs.splice(-1, 1, { ...piece, text: last.text + piece.text });
    else runs.push(piece);
  }
  while (runs.at(-1)?.text.trim() === "") runs.pop();
  return runs
    .map(({ text, paint }, index) => {
      const shown = index === runs.length - 1 ? text.trimEnd() : text;
      return paint === undefined ? shown : paint(shown);
    })
    .join("");
}

/** A word in parts no wider than `width`. */
function cut(word: string, width: number): string[] {
  if (displayWidth(word) <= width) return [word];
  const parts = [""];
  let used = 0;
  for (const sign of word) {
    if (used > 0 && used + signWidth(sign) > width) {
      parts.push("");
      used = 0;
    }
    parts.push((parts.pop() ?? "") + sign);
    used += signWidth(sign);
  }
  return parts;
}

function signWidth(sign: string): number {
  return NONE.test(sign) ? 0 : WIDE.test(sign) ? 2 : 1;
}
