/**
 * Reads calls out of an answer's text as it comes. What is no call of a declared tool stays text, as the model wrote it: a call
 * that cannot be read, thoughts, tags. Only white space beside calls is left out.
 */
import type { Dialect, TurnEvent, TurnReader } from "../envs/dialects/dialect.ts";
import type { TextReader, ToolCall } from "./answer.ts";
import type { DeclaredTools } from "./declared-tools.ts";

export interface CallReaderOptions {
  /** The prompt has opened a thought that the answer goes on with. */
  readonly inThought?: boolean;
  /** More calls than this stay text. */
  readonly mostCalls?: number;
}

type Read = ReturnType<TextReader["push"]>;

export class CallReader implements TextReader {
  private readonly reader: TurnReader;
  private readonly declared: DeclaredTools;
  private readonly mostCalls: number;
  private calls = 0;
  /** What opened the block of calls that is being read. */
  private opening = "";
  /** White space at the end of the text so far: shown when text follows. */
  private space = "";

  constructor(
    dialect: Dialect,
    declared: DeclaredTools,
    { inThought = false, mostCalls = Number.POSITIVE_INFINITY }: CallReaderOptions = {},
  ) {
    this.reader = dialect.reader(declared.tools);
    this.declared = declared;
    this.mostCalls = mostCalls;
    if (inThought) this.reader.push("<think>");
  }

  push(text: string): Read {
    return this.take(this.reader.push(text));
  }

  end(): Read {
    const { text, calls } = this.take(this.reader.end().events);
    // A block that was opened only is text.
    const rest = this.say("");
    return { text: text + rest + (this.calls === 0 ? this.space : ""), calls };
  }

  private take(events: readonly TurnEvent[]): Read {
    let text = "";
    const calls: ToolCall[] = [];
    for (const [i, event] of events.entries()) {
      if (event.kind === "call-start") this.opening = event.raw;
      else if (event.kind === "text" || event.kind === "thought") text += this.say(event.raw);
      // The calls of a block come together: all of them are made, or it is text.
      else if (!isCall(events[i - 1])) {
        const end = events.findIndex((other, j) => j > i && !isCall(other));
        const block = events.slice(i, end < 0 ? undefined : end);
        const read = this.callsOf(block);
        if (read === null) text += this.say(block.map(({ raw }) => raw).join(""));
        else {
          calls.push(...read);
          this.calls += read.length;
          [this.opening, this.space] = ["", ""];
        }
      }
    }
    return { text, calls };
  }

  private callsOf(block: readonly TurnEvent[]): readonly ToolCall[] | null {
    const calls = block.flatMap((event): ToolCall[] => {
      const given = event.kind === "call" ? this.declared.argumentsOf(event) : null;
      return event.kind === "call" && given !== null ? [{ name: event.tool, arguments: given }] : [];
    });
    return calls.length === block.length && this.calls + calls.length <= this.mostCalls ? calls : null;
  }

  private say(raw: string): string {
    const whole = this.space + this.opening + raw;
    const shown = whole.trimEnd();
    this.space = whole.slice(shown.length);
    this.opening = "";
    return shown;
  }
}

function isCall(event: TurnEvent | undefined): boolean {
  return event?.kind === "call" || event?.kind === "rejected";
}
