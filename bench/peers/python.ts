/** Finds a Python that has the peers installed, and talks to one peer script (see serve.py for the protocol). */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Contestant } from "../timing.ts";

const PACKAGES = ["torch", "transformers", "trl", "datasets"];
const CANDIDATES = ["./.venv/bin/python", "python3"];

/** AEPO_PYTHON is the only candidate when it is set. */
function candidates(): readonly string[] {
  const chosen = process.env["AEPO_PYTHON"];
  return chosen === undefined ? CANDIDATES : [chosen];
}

/** The first candidate that has every package. */
export function findPython(packages: readonly string[] = PACKAGES): string | undefined {
  const missing = `any(u.find_spec(p) is None for p in ${JSON.stringify(packages)})`;
  const probe = `import importlib.util as u, sys; sys.exit(${missing})`;
  return candidates().find((python) => spawnSync(python, ["-c", probe]).status === 0);
}

export function howToInstall(what = "bench:peers", script = "bench:peers", packages = PACKAGES): string {
  return [
    `${what} is skipped: no python with ${packages.join(", ")} (looked at ${candidates().join(", ")})`,
    `  to run it: python3 -m venv .venv && .venv/bin/pip install ${packages.join(" ")}`,
    `  or name another interpreter: AEPO_PYTHON=/path/to/python npm run ${script}`,
  ].join("\n");
}

/** A prepared and warmed-up peer. */
export interface Peer {
  readonly contestant: Contestant;
  /** Library versions and anything it chose. */
  readonly library: string;
  readonly params: number;
  close(): Promise<void>;
}

type Message = { readonly ready: { readonly library: string; readonly params: number } } | { readonly seconds: number };

/** Starts `script` and resolves when it is ready to measure. Rejects if it ends before. */
export async function startPeer(python: string, script: string, name: string, options: object): Promise<Peer> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(python, [path, JSON.stringify(options)]);
  const receive = messages(child, script);
  const first = await receive();
  if (!("ready" in first)) throw new Error(`${script} answered before it was ready`);
  return {
    ...first.ready,
    contestant: {
      name,
      async measure() {
        child.stdin.write("go\n");
        const message = await receive();
        if (!("seconds" in message)) throw new Error(`${script} did not answer with a time`);
        return message.seconds;
      },
    },
    async close() {
      child.stdin.end();
    },
  };
}

function messages(child: ChildProcessWithoutNullStreams, script: string): () => Promise<Message> {
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let complaints = "";
  child.stderr.on("data", (chunk: Buffer) => {
    complaints = `${complaints}${chunk.toString()}`.slice(-4000);
  });
  return async () => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`${script} ended early:\n${complaints}`);
    return JSON.parse(value) as Message;
  };
}
