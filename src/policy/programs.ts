/** Compiled graphs by a caller's key, so that a graph is built and hashed once, and runs with just the inputs it has. */
import type { Graph } from "../engine/graph.ts";
import type { DeviceTensor, HostTensor, Program, RunResult, Runtime } from "../engine/runtime/runtime.ts";

type Inputs = Readonly<Record<string, HostTensor | DeviceTensor>>;

export class Programs {
  readonly runtime: Runtime;
  private readonly compiled = new Map<string, Promise<Program>>();

  constructor(runtime: Runtime) {
    this.runtime = runtime;
  }

  /** Number of different graphs so far. */
  get count(): number {
    return this.compiled.size;
  }

  get(key: string, build: () => Graph): Promise<Program> {
    const known = this.compiled.get(key);
    if (known !== undefined) return known;
    const program = this.runtime.compile(build());
    this.compiled.set(key, program);
    return program;
  }

  /** Runs with those of `inputs` that the program has; outputs that `keep` accepts stay on the device. */
  run(program: Program, inputs: Inputs, keep: (output: string) => boolean = () => false): Promise<RunResult> {
    const given: Record<string, HostTensor | DeviceTensor> = {};
    for (const name of Object.keys(program.inputs)) {
      const tensor = inputs[name];
      if (tensor !== undefined) given[name] = tensor;
    }
    return this.runtime.run(program, given, Object.keys(program.outputs).filter(keep));
  }
}
