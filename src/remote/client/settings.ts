/** The options of a client with every default filled in and every value checked. */
import { AepoError } from "../../std/errors.ts";
import { type Clock, systemClock } from "../../std/clock.ts";
import type { TimeoutOptions, TinkerClientOptions } from "./options.ts";

export interface Settings
  extends Required<Omit<TinkerClientOptions, "url" | "timeouts" | "apiKeyVariable" | "environment" | "clock">> {
  /** `http://host:port`, and a folder before `/api/v1` where the address has one. */
  readonly origin: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeouts: Required<TimeoutOptions>;
  readonly clock: Clock;
}

const TIMEOUTS: Required<TimeoutOptions> = {
  heartbeatMs: 10_000,
  requestMs: 60_000,
  pollMs: 45_000,
  resultMs: 1_800_000,
  openMs: 15_000,
  reconnectMs: 120_000,
  firstRetryMs: 100,
};

export function settingsOf(options: TinkerClientOptions): Settings {
  const { apiKeyVariable = "TINKER_API_KEY", environment = process.env } = options;
  const timeouts = { ...TIMEOUTS, ...options.timeouts };
  for (const [name, ms] of Object.entries(timeouts)) positive(`timeouts.${name}`, ms);
  const settings = {
    origin: originOf(options.url),
    headers: { "x-api-key": keyOf(apiKeyVariable, environment) },
    tags: options.tags ?? ["aepo"],
    wire: options.wire ?? "auto",
    samplersApart: options.samplersApart ?? false,
    routing: options.routing ?? "auto",
    concurrentSamples: options.concurrentSamples ?? 64,
    connections: options.connections ?? 16,
    maxChunkDatums: options.maxChunkDatums ?? 1024,
    maxChunkBytes: options.maxChunkBytes ?? 5_000_000,
    onNotice: options.onNotice ?? (() => undefined),
    timeouts,
    clock: options.clock ?? systemClock,
  };
  for (const name of ["concurrentSamples", "connections", "maxChunkDatums", "maxChunkBytes"] as const)
    positive(name, settings[name]);
  return settings;
}

function originOf(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw wrongUrl(text);
  }
  if (!["http:", "https:"].includes(url.protocol) || url.search !== "" || url.hash !== "") throw wrongUrl(text);
  if (url.username !== "" || url.password !== "")
    throw new AepoError("config", "url: the address of a Tinker server must not hold a user or a password", {
      fix: "put the key in the environment variable TINKER_API_KEY",
    });
  return `${url.origin}${url.pathname.replace(/\/+$/, "").replace(/\/api\/v1$/, "")}`;
}

function wrongUrl(text: string): AepoError {
  return new AepoError("config", `url: "${text}" is no address of a Tinker server`, {
    expected: "http://host:port or https://host/path, with or without /api/v1",
  });
}

/** A key in a header must be one: a line break in an environment variable is a common accident. */
function keyOf(variable: string, environment: Readonly<Record<string, string | undefined>>): string {
  const key = environment[variable] ?? "";
  if (!/^[\x21-\x7e]*$/.test(key))
    throw new AepoError("config", `the environment variable ${variable} holds no key`, {
      expected: "printable characters without spaces or line breaks",
    });
  return key === "" ? "tml-dummy" : key;
}

function positive(name: string, value: number): void {
  if (Number.isFinite(value) && value >= 1) return;
  throw new AepoError("config", `${name} is ${value}`, { expected: "a number of at least 1" });
}
