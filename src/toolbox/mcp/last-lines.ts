/** The last that a program said on its standard error, for messages. */

const KEPT_CHARS = 4000;
const KEPT_LINES = 5;
const LINE_CHARS = 300;

export class LastLines {
  private tail = "";

  add(text: string): void {
    this.tail = (this.tail + text).slice(-KEPT_CHARS);
  }

  /** `; it said: …`, or nothing if it said nothing. */
  sentence(): string {
    const lines = this.tail
      .replaceAll(/(?!\n)\p{Cc}/gu, "")
      .split("\n")
      .map((line) => line.trim().slice(0, LINE_CHARS))
      .filter((line) => line !== "");
    return lines.length === 0 ? "" : `; it said: ${lines.slice(-KEPT_LINES).join(" | ")}`;
  }
}
