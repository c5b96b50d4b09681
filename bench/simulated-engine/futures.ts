/** Results that are waited for. A poll is held until there is one, or until the server's patience ends (408). */
import { randomUUID } from "node:crypto";

export interface FutureAnswer {
  readonly status: number;
  readonly body: string | Uint8Array;
  /** The same in protobuf, for who takes it. */
  readonly protobuf?: () => Uint8Array;
}

export class Futures {
  private readonly answers = new Map<string, FutureAnswer | null>();
  private readonly waiting = new Map<string, (answer: FutureAnswer) => void>();
  private readonly prefix = randomUUID().slice(0, 6);
  private next = 1;

  /** A new promise; `keep` it later. */
  promise(): string {
    const id = `${this.prefix}${this.next++}`;
    this.answers.set(id, null);
    return id;
  }

  keep(id: string, answer: FutureAnswer): void {
    this.answers.set(id, answer);
    this.waiting.get(id)?.(answer);
    this.waiting.delete(id);
  }

  /** Null: there is no such promise. */
  poll(id: string, holdMs: number): Promise<FutureAnswer> | null {
    const answer = this.answers.get(id);
    if (answer === undefined) return null;
    if (answer !== null) return Promise.resolve(answer);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        resolve({ status: 408, body: JSON.stringify({ detail: "Timeout waiting for result" }) });
      }, holdMs);
      this.waiting.set(id, (found) => {
        clearTimeout(timer);
        resolve(found);
      });
    });
  }

  /** It has been read: nobody asks again. */
  forget(id: string): void {
    this.answers.delete(id);
  }
}
