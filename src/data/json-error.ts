/** Where a text stops being JSON. JSON.parse says what is wrong, but not always where: one walk, without recursion, does. */

const SPACE = /[ \t\n\r]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const LITERAL = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/** Index of the first character that cannot stand there (the text's length: it ends too early); null for good JSON. */
export function jsonErrorIndex(text: string): number | null {
  const open: ("{" | "[")[] = [];
  let at = 0;
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const length = pattern.exec(text)?.[0].length;
    at += length ?? 0;
    return length !== undefined;
  };
  // By hand: a pattern would keep a way back for each character of a long string.
  const takeString = (): boolean => {
    if (text[at] !== '"') return false;
    const start = at++;
    for (;;) {
      const sign = text[at] ?? "";
      if (sign === "\\" ? !take(ESCAPE) : sign < " ") break;
      if (sign !== "\\") at++;
      if (sign === '"') return true;
    }
    // What never ends is shown from where it begins to be wrong; what holds a bare control character, from its quote.
    if (at < text.length) at = start;
    return false;
  };
  const key = (): boolean => {
    take(SPACE);
    if (!takeString()) return false;
    take(SPACE);
    if (text[at] !== ":") return false;
    at++;
    return true;
  };
  for (;;) {
    take(SPACE);
    const sign = text[at];
    if (sign === "{" || sign === "[") {
      open.push(sign);
      at++;
      take(SPACE);
      if (text[at] !== (sign === "{" ? "}" : "]")) {
        if (sign === "{" && !key()) return at;
        continue;
      }
    } else if (!takeString() && !take(LITERAL)) return at;
    // After a value: close what ends here, then a comma, or the end.
    for (;;) {
      take(SPACE);
      const inside = open.at(-1);
      if (inside === undefined) return at === text.length ? null : at;
      if (text[at] === (inside === "{" ? "}" : "]")) {
        open.pop();
        at++;
        continue;
      }
      if (text[at] !== ",") return at;
      at++;
      if (inside === "{" && !key()) return at;
      break;
    }
  }
}
