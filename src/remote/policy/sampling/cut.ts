/**
 * Where a continuation ends, found token by token in what a server sent: exactly where an engine that knew every stop would have
 * stopped, whatever the server did.
 */
import type { SampleRequest, StoppedBy } from "../../../policy/policy.ts";
import { StopTexts, type TokenBytes } from "../../../policy/stop-texts.ts";

export class Cut {
  private readonly request: Pick<SampleRequest, "stop" | "maxTokens">;
  private readonly texts: StopTexts | null;
  private readonly taken: number[] = [];
  private found: StoppedBy | null = null;

  constructor(request: Pick<SampleRequest, "stop" | "stopTexts" | "maxTokens">, tokenBytes: TokenBytes | undefined) {
    const { stopTexts = [] } = request;
    this.request = request;
    this.texts = stopTexts.length === 0 || tokenBytes === undefined ? null : new StopTexts(stopTexts, tokenBytes);
  }

  get ids(): readonly number[] {
    return this.taken;
  }

  get stopped(): StoppedBy | null {
    return this.found;
  }

  get ended(): boolean {
    return this.found !== null || this.taken.length === this.request.maxTokens;
  }

  /** Takes the tokens up to the end; how many those are. */
  take(ids: readonly number[]): number {
    let count = 0;
    for (const id of ids) {
      if (this.ended) break;
      this.taken.push(id);
      this.found = this.stopAt(id);
      count++;
    }
    return count;
  }

  /** Of several in one token the text that ends first, then the first sequence. */
  private stopAt(id: number): StoppedBy | null {
    const text = this.texts?.push(id) ?? null;
    if (text !== null) return { text };
    const { taken } = this;
    const ids = this.request.stop.find(
      (sequence) =>
        sequence.length <= taken.length &&
        sequence.every((token, i) => token === taken[taken.length - sequence.length + i]),
    );
    return ids === undefined ? null : { ids };
  }
}
