/** What a server is started from: checked when the tools are opened, used again at every restart. */
import { existsSync } from "node:fs";
import { basename } from "node:path";
import { StreamableHTTPClientTransport, type Transport } from "@modelcontextprotocol/client";
import { AepoError } from "../../std/errors.ts";
import { findProgram } from "../find-program.ts";
import type { McpOptions } from "./options.ts";
import { ServerProcess } from "./server-process.ts";
import { watchedFetch } from "./watched-fetch.ts";

export interface ServerStart {
  /** For messages: "the MCP server files". */
  readonly name: string;
  open(): OpenTransport;
}

export interface OpenTransport {
  readonly transport: Transport;
  /** How it ended and what it said last, in words. */
  ending(): string;
  /** Ends it without waiting. */
  kill(): void;
}

/** Throws AepoError("config") for a program or an environment variable that is not there. */
export function serverStart(options: McpOptions, environment: NodeJS.ProcessEnv = process.env): ServerStart {
  return options.url === undefined
    ? ofProgram(options, environment)
    : ofUrl(options, new URL(options.url), environment);
}

function ofProgram(options: McpOptions, environment: NodeJS.ProcessEnv): ServerStart {
  const { command = "", args = [], cwd, env = ["PATH"], set = {} } = options;
  if (cwd !== undefined && !existsSync(cwd)) {
    throw new AepoError("config", `there is no folder ${cwd} to start an MCP server in`, { fix: "correct cwd" });
  }
  const program = findProgram(command, environment["PATH"], cwd);
  if (program === null) {
    throw new AepoError("config", `there is no program ${command} for an MCP server`, {
      expected: "a path, or a name that is in PATH",
      fix: "install it, or correct command",
    });
  }
  const given = Object.fromEntries(env.map((name) => [name, variable(environment, name, "env")]));
  const name = `the MCP server ${basename(command)}`;
  return {
    name,
    open() {
      const transport = new ServerProcess({ program, args, cwd, env: { ...given, ...set } });
      return {
        transport,
        ending: () => `${transport.ending}${transport.said.sentence()}`,
        kill: () => transport.kill(),
      };
    },
  };
}

function ofUrl(options: McpOptions, url: URL, environment: NodeJS.ProcessEnv): ServerStart {
  const { headers = {}, keyEnv } = options;
  const key = keyEnv === undefined ? {} : { authorization: `Bearer ${variable(environment, keyEnv, "keyEnv")}` };
  return {
    name: `the MCP server ${url.host}`,
    open() {
      let how = "closed the connection";
      const close = (): void => void transport.close().catch(() => undefined);
      const fetch = watchedFetch((broken) => {
        how = broken;
        close();
      });
      const transport = new StreamableHTTPClientTransport(url, {
        requestInit: { headers: { ...headers, ...key } },
        fetch,
      });
      return { transport, ending: () => how, kill: close };
    },
  };
}

function variable(environment: NodeJS.ProcessEnv, name: string, field: string): string {
  const value = environment[name];
  if (value !== undefined) return value;
  throw new AepoError("config", `the environment variable ${name} of an MCP server is not set`, {
    fix: `set ${name}, or correct ${field}`,
  });
}
