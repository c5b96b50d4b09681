/** What `aepo serve` reads from its command line, whatever protocol it speaks. */
import { checkAccess } from "../serve/access.ts";
import { AepoError } from "../std/errors.ts";
import type { ConfigSource } from "../train/config-source.ts";
import type { CommonOptions } from "./options.ts";

export const PROTOCOLS = ["openai", "tinker"] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export interface ServeCommandOptions extends CommonOptions {
  readonly protocol: string;
  readonly host: string;
  readonly port: string;
  readonly name?: string;
  /** Of the OpenAI protocol. */
  readonly dialect?: string;
  readonly allowLora?: string;
  /** Of the Tinker protocol. */
  readonly checkpoints?: string;
}

/** The same, checked. */
export interface ServeSource {
  readonly checkpoint: string;
  /** What clients call the model, if they were told. */
  readonly name: string | null;
  readonly host: string;
  readonly port: number;
  readonly apiKey: string | null;
  readonly config: ConfigSource;
  readonly options: ServeCommandOptions;
}

/** A server that runs, and what it says of itself. */
export interface Serving {
  /** For `--json`. */
  readonly json: Readonly<Record<string, unknown>>;
  /** For people. */
  readonly lines: readonly string[];
  close(): Promise<void>;
}

export function serveSource(checkpoint: string, options: ServeCommandOptions): ServeSource {
  const overrides = [...options.set, ...(options.seed === undefined ? [] : [`seed=${options.seed}`])];
  const port = portOf(options.port);
  checkBelongs(options);
  const { host } = options;
  const apiKey = process.env["AEPO_API_KEY"] ?? null;
  checkAccess({ host, apiKey });
  const config = { name: "serve", text: JSON.stringify({ policy: { checkpoint } }), overrides };
  return { checkpoint, name: options.name ?? null, host, port, apiKey, config, options };
}

export function protocolOf(text: string): Protocol {
  const protocol = PROTOCOLS.find((one) => one === text);
  if (protocol !== undefined) return protocol;
  throw new AepoError("usage", `--protocol ${text}: no such protocol`, { expected: PROTOCOLS.join(", ") });
}

/** Throws for what the protocol knows nothing of. */
function checkBelongs({ protocol, dialect, allowLora, checkpoints }: ServeCommandOptions): void {
  const asked = protocolOf(protocol);
  if (asked === "tinker" && dialect !== undefined) {
    throw new AepoError(
      "usage",
      "--dialect with --protocol tinker: its clients send and get tokens, no calls of tools",
      {
        fix: "leave --dialect out",
      },
    );
  }
  if (asked === "tinker" && allowLora !== undefined) {
    throw new AepoError(
      "usage",
      "--allow-lora with --protocol tinker: its clients make and load adapters by themselves",
      {
        fix: "leave --allow-lora out",
      },
    );
  }
  if (asked === "openai" && checkpoints !== undefined) {
    throw new AepoError("usage", "--checkpoints with --protocol openai: its clients train nothing", {
      fix: "leave --checkpoints out, or add --protocol tinker",
    });
  }
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new AepoError("usage", `--port ${text}`, { expected: "an integer from 0 to 65535" });
}
