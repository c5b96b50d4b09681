/**
 * One protobuf message, field by field, of bytes that anybody may have written. A field with the wrong wire type, a length that
 * runs over the end, a tag that is none: an error that names the message. Unknown fields are passed over.
 */
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { AepoError, messageOf } from "../../std/errors.ts";

/** What to do with the value of one field; a field of a list comes several times, of other fields the last one counts. */
export type FieldReaders = Readonly<Record<number, FieldReader>>;

interface FieldReader {
  readonly wire: WireType;
  /** Takes the value, with lists of numbers in their packed form. */
  readonly read: (reader: BinaryReader) => void;
}

export function readFields(bytes: Uint8Array, message: string, fields: FieldReaders): void {
  try {
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const [number, wire] = reader.tag();
      const field = fields[number];
      if (field === undefined) {
        reader.skip(wire, number);
        continue;
      }
      if (wire !== field.wire) throw new RangeError(`field ${number} has wire type ${wire}, not ${field.wire}`);
      field.read(reader);
      if (reader.pos > reader.len) throw new RangeError(`field ${number} runs over the end`);
    }
  } catch (thrown) {
    if (thrown instanceof AepoError) throw thrown;
    throw new AepoError("policy", `${message} is no valid protobuf: ${messageOf(thrown)}`);
  }
}

export function bytesField(take: (bytes: Uint8Array) => void): FieldReader {
  return { wire: WireType.LengthDelimited, read: (reader) => take(reader.bytes()) };
}

export function textField(take: (text: string) => void): FieldReader {
  return { wire: WireType.LengthDelimited, read: (reader) => take(reader.string(true)) };
}

/** int32, uint32, enums: all the numbers of these messages are small. */
export function integerField(take: (value: number) => void): FieldReader {
  return { wire: WireType.Varint, read: (reader) => take(reader.int32()) };
}

export function booleanField(take: (value: boolean) => void): FieldReader {
  return { wire: WireType.Varint, read: (reader) => take(reader.bool()) };
}

export function doubleField(take: (value: number) => void): FieldReader {
  return { wire: WireType.Bit64, read: (reader) => take(reader.double()) };
}

/** A list of int64, packed as proto3 writes it; a list of several parts is put together. */
export function integersField(take: (values: readonly number[]) => void): FieldReader {
  return {
    wire: WireType.LengthDelimited,
    read: (reader) => {
      const packed = new BinaryReader(reader.bytes());
      const values: number[] = [];
      while (packed.pos < packed.len) values.push(Number(packed.int64()));
      if (packed.pos > packed.len) throw new RangeError("a packed list runs over its end");
      take(values);
    },
  };
}

/** One entry of a map. `value` reads field 2 and says what it was when the entry has been read. */
export function entryField<T>(
  message: string,
  value: (take: (value: T) => void) => FieldReader,
  absent: T,
  take: (key: string, value: T) => void,
): FieldReader {
  return bytesField((bytes) => {
    let key = "";
    let found = absent;
    readFields(bytes, message, {
      1: textField((text) => {
        key = text;
      }),
      2: value((read) => {
        found = read;
      }),
    });
    take(key, found);
  });
}
