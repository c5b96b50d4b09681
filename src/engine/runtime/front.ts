/** A Runtime on top of any Executor: plans and lowers graphs, checks what callers pass, gives out ids. */
import { AepoError } from "../../std/errors.ts";
import { type Graph, planGraph } from "../graph.ts";
import { largestBytes } from "../live-memory.ts";
import { lowerPlan } from "../onnx/lower.ts";
import { sameShape, show, showShape, sizeOf } from "../shape.ts";
import type {
  Device,
  DeviceTensor,
  Executor,
  HostTensor,
  Program,
  RowsInto,
  RunResult,
  Runtime,
  RuntimeUsage,
  TensorType,
} from "./runtime.ts";

export class RuntimeFront implements Runtime {
  readonly device: Device;
  readonly threads: number;
  private readonly executor: Executor;
  private readonly programs = new Map<string, Promise<Program>>();
  private readonly alive = new Set<number>();
  private nextId = 1;
  private closed = false;

  constructor(executor: Executor, device: Device, threads: number) {
    this.executor = executor;
    this.device = device;
    this.threads = threads;
  }

  async compile(graph: Graph): Promise<Program> {
    this.checkOpen();
    const plan = planGraph(graph);
    const known = this.programs.get(plan.key);
    if (known !== undefined) return known;
    const program: Program = {
      key: plan.key,
      inputs: Object.fromEntries(plan.inputs.map(({ params, dtype, shape }) => [params.name, { dtype, shape }])),
      outputs: Object.fromEntries(plan.outputs.map(([name, { dtype, shape }]) => [name, { dtype, shape }])),
    };
    const loaded = this.executor.load(plan.key, lowerPlan(plan, this.device), largestBytes(plan)).then(() => program);
    this.programs.set(plan.key, loaded);
    loaded.catch(() => this.programs.delete(plan.key));
    return loaded;
  }

  async upload(tensor: HostTensor): Promise<DeviceTensor> {
    this.checkOpen();
    checkData("upload", tensor);
    const resident = this.resident(tensor);
    // A copy: the caller may go on writing into its array.
    await this.executor.upload(resident.id, {
      ...tensor,
      data: tensor.data.slice(),
    });
    return resident;
  }

  async download(tensor: DeviceTensor): Promise<HostTensor> {
    this.checkAlive("download", tensor);
    return this.executor.download(tensor.id);
  }

  free(...tensors: readonly DeviceTensor[]): void {
    const ids = tensors.map(({ id }) => id).filter((id) => this.alive.delete(id));
    // Freeing in a runtime that has failed meanwhile is no further failure.
    if (ids.length > 0 && !this.closed) this.executor.free(ids).catch(() => undefined);
  }

  async run(
    program: Program,
    inputs: Readonly<Record<string, HostTensor | DeviceTensor>>,
    keep: readonly string[] = [],
  ): Promise<RunResult> {
    this.checkOpen();
    const feeds = this.checkInputs(program, inputs);
    const device = Object.fromEntries(keep.map((name) => [name, this.resident(checkOutput(program, name))]));
    const keepIds = Object.fromEntries(keep.map((name) => [name, device[name]?.id ?? 0]));
    try {
      const host = await this.executor.run({
        key: program.key,
        inputs: feeds,
        keep: keepIds,
        outputs: program.outputs,
      });
      return { host, device };
    } catch (error) {
      for (const id of Object.values(keepIds)) this.alive.delete(id);
      throw error;
    }
  }

  writeRows(pool: DeviceTensor, slots: Int32Array, rows: DeviceTensor): Promise<void> {
    return this.writeRowsInto(slots, [{ pool, rows }]);
  }

  async writeRowsInto(slots: Int32Array, writes: readonly RowsInto[]): Promise<void> {
    for (const { pool, rows } of writes) {
      this.checkAlive("writeRows", pool);
      this.checkAlive("writeRows", rows);
      checkRows(pool, rows, slots);
    }
    const ids = writes.map(({ pool, rows }) => ({
      pool: pool.id,
      rows: rows.id,
    }));
    await this.executor.writeRows(slots, ids);
  }

  async release(program: Program): Promise<void> {
    await this.executor.release(program.key);
  }

  usage(): Promise<RuntimeUsage> {
    return this.executor.usage();
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.alive.clear();
    this.programs.clear();
    await this.executor.close();
  }

  private resident({ dtype, shape }: TensorType): DeviceTensor {
    const id = this.nextId++;
    this.alive.add(id);
    return { id, dtype, shape };
  }

  private checkOpen(): void {
    if (this.closed)
      throw new AepoError("engine", "the runtime is closed", {
        fix: "open another one",
      });
  }

  private checkAlive(action: string, tensor: DeviceTensor): void {
    this.checkOpen();
    if (this.alive.has(tensor.id)) return;
    throw new AepoError("engine", `${action}: the tensor ${show(tensor)} was freed, or belongs to another runtime`);
  }

  private checkInputs(
    program: Program,
    inputs: Readonly<Record<string, HostTensor | DeviceTensor>>,
  ): Record<string, HostTensor | number> {
    const feeds: Record<string, HostTensor | number> = {};
    for (const [name, wanted] of Object.entries(program.inputs)) {
      const given = inputs[name];
      if (given === undefined) {
        throw new AepoError("engine", `run: the input "${name}" is missing`, {
          expected: show(wanted),
          exists: Object.keys(inputs).sort().join(", "),
        });
      }
      if (given.dtype !== wanted.dtype || !sameShape(given.shape, wanted.shape)) {
        throw new AepoError("engine", `run: the input "${name}" does not fit`, {
          expected: show(wanted),
          exists: show(given),
        });
      }
      feeds[name] = this.feed(name, given);
    }
    for (const name of Object.keys(inputs)) {
      if (name in program.inputs) continue;
      throw new AepoError("engine", `run: the program has no input "${name}"`, {
        expected: Object.keys(program.inputs).join(", "),
        fix: "leave it out; an input that no output depends on is not part of a graph",
      });
    }
    return feeds;
  }

  private feed(name: string, given: HostTensor | DeviceTensor): HostTensor | number {
    if ("data" in given) {
      checkData(`run: the input "${name}"`, given);
      return given;
    }
    this.checkAlive(`run: the input "${name}"`, given);
    return given.id;
  }
}

function checkData(where: string, tensor: HostTensor): void {
  if (tensor.data.length === sizeOf(tensor.shape)) return;
  throw new AepoError(
    "engine",
    `${where}: ${tensor.data.length} numbers do not fill shape ${showShape(tensor.shape)}`,
    {
      expected: `${sizeOf(tensor.shape)} numbers`,
    },
  );
}

function checkOutput(program: Program, name: string): TensorType {
  const type = program.outputs[name];
  if (type !== undefined) return type;
  throw new AepoError("engine", `run: the program has no output "${name}" to keep`, {
    expected: Object.keys(program.outputs).join(", "),
  });
}

function checkRows(pool: DeviceTensor, rows: DeviceTensor, slots: Int32Array): void {
  const count = pool.shape[0] ?? 0;
  if (
    pool.dtype !== rows.dtype ||
    !sameShape(pool.shape.slice(1), rows.shape.slice(1)) ||
    rows.shape[0] !== slots.length
  ) {
    throw new AepoError(
      "engine",
      `writeRows: rows ${show(rows)} with ${slots.length} slots do not fit pool ${show(pool)}`,
      {
        expected: "rows of the pool's shape and dtype, and as many slots as rows",
      },
    );
  }
  const outside = slots.find((slot) => slot < -1 || slot >= count);
  if (outside !== undefined) {
    throw new AepoError("engine", `writeRows: there is no row ${outside} in the pool ${show(pool)}`, {
      expected: `−1 (skip) or 0 to ${count - 1}`,
    });
  }
}
