/** What may be set about python: one schema for recipes, for TypeScript and for rewards that run code. */
import { z } from "zod";
import { AepoError } from "../../std/errors.ts";

/** The words that switch the sandbox off. */
export const UNSANDBOXED = "none: I trust what the model writes";

const absolutePath = z.string().regex(/^\/(?!$)/, "an absolute path, and not / itself");

export const pythonOptionsSchema = z
  .strictObject({
    sandbox: z
      .enum(["bubblewrap", UNSANDBOXED])
      .default("bubblewrap")
      .describe(
        "what keeps the code away from the machine; without one it may read, write and send whatever the user may",
      ),
    interpreter: absolutePath.default("/usr/bin/python3").describe("the python to run: the system's, or one of a venv"),
    packages: z
      .boolean()
      .default(true)
      .describe("whether its site packages can be imported, or the standard library alone"),
    modules: z
      .array(z.string().regex(/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/, "the name of a module"))
      .default([])
      .describe("modules that must be there: checked at the start, and the policy is told of them"),
    readable: z
      .array(absolutePath)
      .default([])
      .describe("folders besides the system's that the code may read, never write"),
    state: z
      .enum(["none", "keep"])
      .default("none")
      .describe("`keep`: variables live from call to call of a path; each call runs the earlier ones again, unseen"),
    timeoutMs: z
      .int()
      .min(100)
      .max(3_600_000)
      .default(30_000)
      .describe("wall time of a call, earlier ones that run again aside"),
    cpuSeconds: z.int().min(1).max(3600).default(30).describe("processor time of each process of a call"),
    memoryMiB: z.int().min(64).max(1_048_576).default(1024).describe("memory of a call, all its processes together"),
    processes: z.int().min(1).max(1000).default(32).describe("processes and threads of a call at once"),
    fileMiB: z
      .int()
      .min(1)
      .max(65_536)
      .default(64)
      .describe("what a call may write to files, in /tmp and /dev/shm each"),
    outputChars: z
      .int()
      .min(100)
      .max(10_000_000)
      .default(4000)
      .describe("characters of output that the policy reads; of longer ones the middle is left out"),
    seed: z
      .int()
      .min(0)
      .max(2 ** 32 - 1)
      .default(0)
      .describe("seed of chance inside: random, secrets, os.urandom, numpy"),
  })
  .refine(({ sandbox, readable }) => sandbox === "bubblewrap" || readable.length === 0, {
    path: ["readable"],
    message:
      "has no effect without a sandbox, where everything can be read: leave it out, or set sandbox to bubblewrap",
  });

export type PythonOptions = z.input<typeof pythonOptionsSchema>;
export type PythonSettings = z.output<typeof pythonOptionsSchema>;

/** Throws AepoError("config") that names the fields. */
export function pythonSettings(options: PythonOptions): PythonSettings {
  const parsed = pythonOptionsSchema.safeParse(options);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${["python", ...path].join(".")}: ${message}`);
  throw new AepoError("config", `bad options of python: ${faults.join("; ")}`, {
    expected: `fields ${Object.keys(pythonOptionsSchema.shape).join(", ")}`,
  });
}
