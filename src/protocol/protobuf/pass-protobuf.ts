/** A request for a forward pass, or forward and backward, as protobuf, and back. The message is `ForwardBackwardRequest`. */
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { AepoError } from "../../std/errors.ts";
import type { Datum } from "../in-memory.ts";
import { readDatum, writeDatum } from "./datum-protobuf.ts";
import { byName } from "./map-order.ts";
import { ENTRY, FORWARD_BACKWARD_REQUEST as FIELDS, LOSS_CONFIG_VALUE } from "./numbers.ts";
import {
  booleanField,
  bytesField,
  doubleField,
  entryField,
  integerField,
  readFields,
  textField,
} from "./read-fields.ts";

/** `loss` and `config` as they came: `checkLoss` judges them. */
export interface PassRequest {
  readonly modelId: string;
  readonly seqId: number;
  readonly data: readonly Datum[];
  readonly loss: string;
  readonly config: Readonly<Record<string, number>>;
  readonly forwardOnly: boolean;
}

export function passToProtobuf({
  modelId,
  seqId,
  data,
  loss,
  config,
  forwardOnly,
}: PassRequest): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter();
  const settings = Object.entries(config).sort(byName);
  writer.tag(FIELDS.model_id, WireType.LengthDelimited).string(modelId);
  if (seqId !== 0) writer.tag(FIELDS.seq_id, WireType.Varint).int32(seqId);
  for (const datum of data) writeDatum(writer.tag(FIELDS.data, WireType.LengthDelimited).fork(), datum).join();
  writer.tag(FIELDS.loss_fn, WireType.LengthDelimited).string(loss);
  for (const [key, value] of settings) {
    entry(writer, FIELDS.loss_fn_config, key);
    writer.tag(ENTRY.value, WireType.Bit64).double(value).join();
  }
  if (forwardOnly) writer.tag(FIELDS.forward_only, WireType.Varint).bool(true);
  // Both, as the SDK does: older servers read the one, newer ones prefer the other.
  for (const [key, value] of settings) {
    entry(writer, FIELDS.loss_fn_config_v2, key);
    writer.tag(ENTRY.value, WireType.LengthDelimited).fork();
    writer.tag(LOSS_CONFIG_VALUE.number, WireType.Bit64).double(value).join().join();
  }
  return writer.finish();
}

/** Datums as they are: `checkDatums` judges their lengths and ids. `mostDatums` bounds the memory a small body can ask for. */
export function passFromProtobuf(bytes: Uint8Array, mostDatums: number): PassRequest {
  const pass = { modelId: "", seqId: 0, loss: "", forwardOnly: false };
  const data: Datum[] = [];
  const config: Record<string, number> = {};
  const configV2: Record<string, number> = {};
  readFields(bytes, "the ForwardBackwardRequest", {
    [FIELDS.model_id]: textField((text) => {
      pass.modelId = text;
    }),
    [FIELDS.seq_id]: integerField((value) => {
      pass.seqId = value;
    }),
    [FIELDS.data]: bytesField((datum) => {
      if (data.length === mostDatums)
        throw new AepoError("policy", `the request has more than ${mostDatums} datums`, {
          fix: "send it in several requests: gradients add up until the next optim_step",
        });
      data.push(readDatum(datum, `datum ${data.length}`));
    }),
    [FIELDS.loss_fn]: textField((text) => {
      pass.loss = text;
    }),
    [FIELDS.loss_fn_config]: entryField("loss_fn_config", doubleField, 0, (key, value) => put(config, key, value)),
    [FIELDS.forward_only]: booleanField((value) => {
      pass.forwardOnly = value;
    }),
    [FIELDS.loss_fn_config_v2]: entryField<Uint8Array | null>("loss_fn_config_v2", bytesField, null, (key, value) =>
      put(configV2, key, numberOf(key, value ?? new Uint8Array())),
    ),
  });
  return { ...pass, data, config: { ...config, ...configV2 } };
}

/** A name that objects have by nature is a field like any other: unknown, and told so. */
function put(config: Record<string, number>, key: string, value: number): void {
  Object.defineProperty(config, key, { value, enumerable: true, configurable: true, writable: true });
}

function numberOf(key: string, bytes: Uint8Array): number {
  let found = 0;
  readFields(bytes, `loss_fn_config_v2: ${key}`, {
    [LOSS_CONFIG_VALUE.number]: doubleField((value) => {
      found = value;
    }),
    [LOSS_CONFIG_VALUE.text]: textField((text) => {
      throw new AepoError("policy", `loss_fn_config: ${key} is the text "${text.slice(0, 100)}"`, {
        expected: "a number",
      });
    }),
  });
  return found;
}

/** Leaves the entry open: its value comes next. */
function entry(writer: BinaryWriter, field: number, key: string): void {
  writer.tag(field, WireType.LengthDelimited).fork().tag(ENTRY.key, WireType.LengthDelimited).string(key);
}
