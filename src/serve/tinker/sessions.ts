/** Clients that are there: a session lives as long as its client gives signs of life. */
import { randomUUID } from "node:crypto";
import type { Clock } from "../../std/clock.ts";
import { TinkerError } from "./tinker-error.ts";

export interface Session {
  readonly id: string;
  readonly tags: readonly string[];
  readonly createdAt: string;
}

interface OpenSession extends Session {
  readonly seenMs: number;
}

export class Sessions {
  private readonly clock: Clock;
  private readonly timeoutMs: number;
  private readonly most: number;
  private readonly sessions = new Map<string, OpenSession>();

  constructor(clock: Clock, timeoutMs: number, most: number) {
    this.clock = clock;
    this.timeoutMs = timeoutMs;
    this.most = most;
  }

  open(tags: readonly string[]): Session {
    if (this.sessions.size >= this.most) {
      throw new TinkerError(429, `${this.most} sessions are open: end one, or let it expire`, { "retry-after": "10" });
    }
    const id = `session_${shortId()}`;
    const session = { id, tags, createdAt: this.clock.timestamp(), seenMs: this.clock.nowMs() };
    this.sessions.set(id, session);
    return session;
  }

  /** Throws 404. */
  find(id: string): Session {
    const session = this.sessions.get(id);
    if (session === undefined) throw new TinkerError(404, "Session not found");
    return session;
  }

  /** A sign of life. Throws 404. */
  seen(id: string): Session {
    const session = this.find(id);
    this.sessions.set(id, { ...session, seenMs: this.clock.nowMs() });
    return session;
  }

  list(): readonly Session[] {
    return [...this.sessions.values()];
  }

  end(id: string): void {
    this.sessions.delete(id);
  }

  /** Those without a sign of life for too long. */
  expired(): readonly Session[] {
    const now = this.clock.nowMs();
    return [...this.sessions.values()].filter(({ seenMs }) => now - seenMs > this.timeoutMs);
  }
}

export function shortId(): string {
  return randomUUID().slice(0, 8);
}
