/**
 * Whether the server knows a repeated request by its number. Asked only when it matters: an answer was lost, and what was asked may
 * have taken effect. Two equal forward passes of one token change nothing; a server that knows them says the same id twice.
 */
import type { Connection } from "../connection.ts";

export class Deduplication {
  private known: boolean | undefined;

  /** `probe` sends one forward pass, the same each time, and resolves to the server's id of it. */
  async holds(connection: Connection, probe: () => Promise<string>): Promise<boolean> {
    if (this.known !== undefined) return this.known;
    const first = await probe();
    const second = await probe();
    this.known = first === second;
    if (!this.known)
      connection.notice(
        "deduplication",
        "the server takes a repeated request for a new one: a training request whose answer is lost cannot be sent again",
      );
    return this.known;
  }
}
