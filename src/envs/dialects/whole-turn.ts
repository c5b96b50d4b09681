/**
 * For chat models without tools: a turn is the answer, all of it but its thoughts. Ends with whatever ends the model's turns.
 */
import { type Action, type Dialect, parseTurn, SILENT_TURN, type TurnEvent, type TurnReader } from "./dialect.ts";

/** `endTokens`: texts of the tokens that end a turn, the first of which the tokenizer must have. */
export function wholeTurnDialect(endTokens: readonly string[]): Dialect {
  return {
    name: "whole turns",
    inputs: "text",
    endTokens,
    stops: () => [],
    reader: () => new WholeTurnReader(endTokens),
    parse: (turn) => parseTurn(new WholeTurnReader(endTokens), turn),
    result: (text) => text,
    call: (_tool, input, before = "") => before + input,
    answer: (text, before = "") => before + text,
  };
}

class WholeTurnReader implements TurnReader {
  private readonly endTokens: readonly string[];
  private readonly said: string[] = [];

  constructor(endTokens: readonly string[]) {
    this.endTokens = endTokens;
  }

  push(text: string): readonly TurnEvent[] {
    this.said.push(text);
    return [{ kind: "text", text, raw: text }];
  }

  end(): { events: readonly TurnEvent[]; action: Action } {
    let text = this.said.join("").trimEnd();
    const end = this.endTokens.find((token) => text.endsWith(token));
    if (end !== undefined) text = text.slice(0, -end.length);
    // Templates may open the thought in the prompt.
    const thought = text.lastIndexOf("</think>");
    const answer = (thought < 0 ? text : text.slice(thought + "</think>".length)).trim();
    const action: Action = answer === "" ? { kind: "invalid", why: SILENT_TURN } : { kind: "answer", text: answer };
    return { events: [], action };
  }
}
