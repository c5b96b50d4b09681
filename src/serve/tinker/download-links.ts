/** Links that programs without a key may follow for a while: browsers and downloaders send none. */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "../../std/clock.ts";

const VALID_MS = 15 * 60_000;

export class DownloadLinks {
  private readonly secret = randomBytes(32);
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** `path` with what lets it in, and when that ends. */
  sign(path: string): { readonly link: string; readonly expires: Date } {
    const untilMs = Date.parse(this.clock.timestamp()) + VALID_MS;
    return { link: `${path}?until=${untilMs}&key=${this.keyOf(path, String(untilMs))}`, expires: new Date(untilMs) };
  }

  allows(url: URL): boolean {
    const { until = "", key = "" } = Object.fromEntries(url.searchParams);
    if (!(Date.parse(this.clock.timestamp()) <= Number(until))) return false;
    const [given, wanted] = [Buffer.from(key), Buffer.from(this.keyOf(url.pathname, until))];
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  }

  private keyOf(path: string, until: string): string {
    return createHmac("sha256", this.secret).update(`${path} ${until}`).digest("hex");
  }
}
