/** How a command says what it goes on in spite of. */
import { visibleLine } from "../report/visible.ts";

export function warnOnStderr(text: string): void {
  process.stderr.write(`warning: ${visibleLine(text)}\n`);
}
