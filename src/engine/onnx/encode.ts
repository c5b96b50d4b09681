/**
 * Writes an ONNX model: names, attributes and tensors to protobuf bytes. Knows nothing of our operations. Weights are
 * graph inputs, never initialisers, so a model stays far below protobuf's 2 GB.
 */
import { create, toBinary } from "@bufbuild/protobuf";
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  type TensorProto,
  TensorProto_DataType,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "onnx-buf";
import type { Shape } from "../value.ts";

/** ONNX element types we write; i64 only for the shapes and axes that ONNX insists on. */
export type OnnxType = "f32" | "i32" | "i64" | "bool";

export type OnnxAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly text: string }
  | { readonly ints: readonly number[] };

export interface OnnxNode {
  readonly type: string;
  /** "" is ONNX itself, "com.microsoft" its runtime's own operators. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

export interface OnnxTensor {
  readonly name: string;
  readonly type: OnnxType;
  readonly shape: Shape;
  /** Row-major, little-endian. */
  readonly bytes: Uint8Array;
}

export interface OnnxPort {
  readonly name: string;
  readonly type: OnnxType;
  readonly shape: Shape;
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxTensor[];
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
}

const TYPES: Readonly<Record<OnnxType, TensorProto_DataType>> = {
  f32: TensorProto_DataType.FLOAT,
  i32: TensorProto_DataType.INT32,
  i64: TensorProto_DataType.INT64,
  bool: TensorProto_DataType.BOOL,
};

/** Opset 21 has every operator we use; IR version 10 goes with it. */
export const ONNX_OPSET = 21;
const IR_VERSION = 10n;

export function encodeModel(graph: OnnxGraph): Uint8Array {
  const model = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    producerName: "aepo",
    opsetImport: [
      create(OperatorSetIdProtoSchema, {
        domain: "",
        version: BigInt(ONNX_OPSET),
      }),
      create(OperatorSetIdProtoSchema, {
        domain: "com.microsoft",
        version: 1n,
      }),
    ],
    graph: create(GraphProtoSchema, {
      name: "aepo",
      node: graph.nodes.map((node) =>
        create(NodeProtoSchema, {
          opType: node.type,
          domain: node.domain,
          input: [...node.inputs],
          output: [...node.outputs],
          attribute: Object.entries(node.attributes).map(([name, attribute]) => encodeAttribute(name, attribute)),
        }),
      ),
      initializer: graph.constants.map(encodeTensor),
      input: graph.inputs.map(encodePort),
      output: graph.outputs.map(encodePort),
    }),
  });
  return toBinary(ModelProtoSchema, model);
}

function encodeAttribute(name: string, attribute: OnnxAttribute): AttributeProto {
  if ("int" in attribute) {
    return create(AttributeProtoSchema, {
      name,
      type: AttributeProto_AttributeType.INT,
      i: BigInt(attribute.int),
    });
  }
  if ("float" in attribute) {
    return create(AttributeProtoSchema, {
      name,
      type: AttributeProto_AttributeType.FLOAT,
      f: attribute.float,
    });
  }
  if ("text" in attribute) {
    const s = new TextEncoder().encode(attribute.text);
    return create(AttributeProtoSchema, {
      name,
      type: AttributeProto_AttributeType.STRING,
      s,
    });
  }
  return create(AttributeProtoSchema, {
    name,
    type: AttributeProto_AttributeType.INTS,
    ints: attribute.ints.map(BigInt),
  });
}

function encodeTensor({ name, type, shape, bytes }: OnnxTensor): TensorProto {
  // A copy, since protobuf wants bytes of a plain ArrayBuffer.
  return create(TensorProtoSchema, {
    name,
    dataType: TYPES[type],
    dims: shape.map(BigInt),
    rawData: new Uint8Array(bytes),
  });
}

function encodePort({ name, type, shape }: OnnxPort): ValueInfoProto {
  const dim = shape.map((extent) => ({
    value: { case: "dimValue" as const, value: BigInt(extent) },
  }));
  return create(ValueInfoProtoSchema, {
    name,
    type: {
      value: {
        case: "tensorType",
        value: { elemType: TYPES[type], shape: { dim } },
      },
    },
  });
}
