/** The `aepo` command without a process of its own, which takes seconds to start: for what ends before much runs. */
import { AsyncLocalStorage } from "node:async_hooks";
import { vi } from "vitest";
import { runCommand } from "../../src/cli/command.ts";

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs it with these environment variables; what it writes is taken (and nothing else), and where it exits it returns. */
export async function commandHere(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const [out, err]: [string[], string[]] = [[], []];
  const command = new AsyncLocalStorage<true>();
  const take = (stream: NodeJS.WriteStream, texts: string[]): void => {
    const write = stream.write.bind(stream);
    vi.spyOn(stream, "write").mockImplementation((text) =>
      // Warnings and what other threads say come through the same streams.
      command.getStore() === true ? texts.push(String(text)) > 0 : write(text),
    );
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  take(process.stdout, out);
  take(process.stderr, err);
  vi.spyOn(process, "exit").mockImplementation((code) => {
    throw new Exit(Number(code ?? 0));
  });
  try {
    const code = await command
      .run(true, () => runCommand(args))
      .catch((thrown: unknown) => {
        if (thrown instanceof Exit) return thrown.code;
        throw thrown;
      });
    return { code, out: out.join(""), err: err.join("") };
  } finally {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    process.exitCode = undefined;
  }
}

class Exit extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}
