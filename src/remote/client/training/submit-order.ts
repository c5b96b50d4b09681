/**
 * The order of one model's requests: order of submission is order of effect, so each submit waits for the answer to the one before
 * it; results are waited for elsewhere. Requests are numbered from 1; a number is used up when the server may have taken it.
 */
import PQueue from "p-queue";
import type { BatchGate, Ticket } from "../calls/batch-gate.ts";
import { TinkerFailure } from "../failure.ts";

/** The numbers of one submit: its own, and more for requests that it must put beside itself. */
export interface Numbers {
  readonly seqId: number;
  another(): number;
}

/** Sends the request; resolves to the server's id of it. */
export type Post = (numbers: Numbers) => Promise<string>;

export interface Submitted {
  readonly requestId: string;
  readonly seqId: number;
  /** How many requests that change the weights were submitted before it. */
  readonly epoch: number;
}

export interface SubmitOptions {
  readonly signal: AbortSignal;
  readonly changesWeights?: boolean;
  /** To be entered first; the ticket is the caller's to give back. */
  readonly gate?: BatchGate;
  /** What must have ended before it is sent. */
  readonly after?: () => Promise<void>;
}

export class SubmitOrder {
  /** Calls in the order they were made. */
  private readonly order = new PQueue({ concurrency: 1 });
  /** One POST at a time; a request that is tried again alone takes its turn here, past the calls that wait for it. */
  private readonly turn = new PQueue({ concurrency: 1 });
  private nextSeqId = 1;
  private epoch = 0;

  /** Submits after all calls made before. */
  async submit(post: Post, options: SubmitOptions): Promise<Submitted & { readonly ticket: Ticket | undefined }> {
    const { signal, changesWeights = false, gate, after } = options;
    return this.order.add(async () => {
      signal.throwIfAborted();
      await after?.();
      const ticket = await gate?.enter();
      try {
        return { ...(await this.turn.add(() => this.post(post, changesWeights))), ticket };
      } catch (thrown) {
        if (ticket !== undefined) gate?.leave(ticket);
        throw thrown;
      }
    });
  }

  /** Submits once more what failed in company; null if the weights are no longer those it was meant for. */
  async resubmit(post: Post, epoch: number): Promise<Submitted | null> {
    return this.turn.add(async () => (this.epoch === epoch ? this.post(post, false) : null));
  }

  private async post(post: Post, changesWeights: boolean): Promise<Submitted> {
    const { epoch, nextSeqId: seqId } = this;
    let used = seqId;
    const another = (): number => ++used;
    let taken = true;
    try {
      return { requestId: await post({ seqId, another }), seqId, epoch };
    } catch (thrown) {
      // A refused request has left its number free; one whose answer was lost, or not waited for, may have taken it.
      taken = used > seqId || !(thrown instanceof TinkerFailure) || thrown.effect === "unknown";
      throw thrown;
    } finally {
      if (taken) this.nextSeqId = used + 1;
      if (taken && changesWeights) this.epoch++;
    }
  }
}
