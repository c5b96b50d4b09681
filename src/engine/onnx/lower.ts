/** From a plan to an ONNX model for one device. */
import type { GraphPlan } from "../graph.ts";
import type { Value } from "../value.ts";
import { type Device, Emitter } from "./emitter.ts";
import { encodeModel, type OnnxNode } from "./encode.ts";
import { inputPort, kernels, outputPort } from "./kernels.ts";
import { Uses } from "./uses.ts";

/** ONNX bytes; inputs and outputs are named by `inputPort` and `outputPort`. */
export function lowerPlan(plan: GraphPlan, device: Device): Uint8Array {
  const emitter = new Emitter(device);
  const uses = new Uses(plan);
  // Leaves first: a fused kernel may need a weight before its own turn.
  const leaves = plan.nodes.filter(({ inputs }) => inputs.length === 0);
  const others = plan.nodes.filter(({ inputs }) => inputs.length > 0);
  for (const value of [...leaves, ...others]) emitter.bind(value, lowerValue(value, emitter, uses));
  return encodeModel({
    nodes: nameOutputs(plan, emitter),
    constants: emitter.constants,
    inputs: plan.inputs.map(({ params, dtype, shape }) => ({
      name: inputPort(params.name),
      type: dtype,
      shape,
    })),
    outputs: plan.outputs.map(([name, { dtype, shape }]) => ({
      name: outputPort(name),
      type: dtype,
      shape,
    })),
  });
}

function lowerValue(value: Value, emitter: Emitter, uses: Uses): string {
  // The table pairs every name with a kernel of that name's node; TypeScript cannot follow the pairing through an index.
  const kernel = kernels[value.op] as (value: Value, emitter: Emitter, uses: Uses) => string;
  return kernel(value, emitter, uses);
}

/** Gives each output its name; what has a name already (an input, a constant, a second output) is passed on by Identity. */
function nameOutputs(plan: GraphPlan, emitter: Emitter): OnnxNode[] {
  const renamed = new Map<string, string>();
  const passed: OnnxNode[] = [];
  const produced = new Set(emitter.nodes.flatMap((node) => node.outputs));
  for (const [name, value] of plan.outputs) {
    const tensor = emitter.of(value);
    const port = outputPort(name);
    if (produced.has(tensor) && !renamed.has(tensor)) renamed.set(tensor, port);
    else
      passed.push({
        type: "Identity",
        domain: "",
        inputs: [tensor],
        outputs: [port],
        attributes: {},
      });
  }
  const rename = (tensor: string): string => renamed.get(tensor) ?? tensor;
  const nodes = [...emitter.nodes, ...passed];
  return withoutUnread(nodes, plan, emitter).map((node) => ({
    ...node,
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
  }));
}

/** Nodes in order, without those that no output needs: what was done before a transpose leaves the transpose unread. */
function withoutUnread(nodes: readonly OnnxNode[], plan: GraphPlan, emitter: Emitter): OnnxNode[] {
  const read = new Set(plan.outputs.map(([, value]) => emitter.of(value)));
  for (const [name] of plan.outputs) read.add(outputPort(name));
  return nodes
    .toReversed()
    .filter(({ inputs, outputs }) => {
      const isRead = outputs.some((name) => read.has(name));
      if (isRead) for (const name of inputs) read.add(name);
      return isRead;
    })
    .toReversed();
}
