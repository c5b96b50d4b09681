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

  /** `path` with what lets it in, and when that ends, as HTTP writes it. */
  sign(path: string): { readonly link: string; readonly expires: string } {
    const untilMs = Date.parse(this.clock.timestamp()) + VALID_MS;
    return { link: `${path}?until=${untilMs}&key=${this.keyOf(path, String(untilMs))}`, expires: httpDate(untilMs) };
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

/** Thu, 26 Nov 2026 20:31:04 GMT */
function httpDate(ms: number): string {
  const shape = { weekday: "short", day: "2-digit", month: "short", year: "numeric" } as const;
  const time = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" } as const;
  const parts = new Intl.DateTimeFormat("en-US", { ...shape, ...time, timeZone: "UTC" }).formatToParts(ms);
  const of = (type: string): string => parts.find((part) => part.type === type)?.value ?? "";
  return `${of("weekday")}, ${of("day")} ${of("month")} ${of("year")} ${of("hour")}:${of("minute")}:${of("second")} GMT`;
}
