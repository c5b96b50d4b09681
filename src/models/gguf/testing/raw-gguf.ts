/** GGUF files of any content, wrong ones included, byte by byte, for tests. */

export type Raw = Uint8Array;

export function u8(value: number): Raw {
  return Uint8Array.of(value);
}
export function u32(value: number): Raw {
  return new Uint8Array(Uint32Array.of(value).buffer);
}
export function u64(value: number | bigint): Raw {
  return new Uint8Array(BigUint64Array.of(BigInt(value)).buffer);
}
export function f32(value: number): Raw {
  return new Uint8Array(Float32Array.of(value).buffer);
}
export function text(value: string): Raw {
  const bytes = new TextEncoder().encode(value);
  return joined(u64(bytes.length), bytes);
}
export function joined(...parts: readonly Raw[]): Raw {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** A metadata entry: key, number of the type, the value's bytes. */
export function entry(key: string, type: number, value: Raw): Raw {
  return joined(text(key), u32(type), value);
}
export function tensor(name: string, extents: readonly (number | bigint)[], format: number, at: number | bigint): Raw {
  return joined(text(name), u32(extents.length), ...extents.map(u64), u32(format), u64(at));
}

export interface RawFile {
  readonly version?: number;
  readonly entries?: readonly Raw[];
  readonly tensors?: readonly Raw[];
  /** What the file says of their numbers. */
  readonly entryCount?: number | bigint;
  readonly tensorCount?: number | bigint;
  readonly alignment?: number;
  readonly data?: Raw;
}

export function file({ version = 3, entries = [], tensors = [], entryCount, tensorCount, ...rest }: RawFile): Raw {
  const header = joined(
    new TextEncoder().encode("GGUF"),
    u32(version),
    u64(tensorCount ?? tensors.length),
    u64(entryCount ?? entries.length),
    ...entries,
    ...tensors,
  );
  const { alignment = 32, data = new Uint8Array() } = rest;
  const padding = (alignment - (header.length % alignment)) % alignment;
  return data.length === 0 ? header : joined(header, new Uint8Array(padding), data);
}
