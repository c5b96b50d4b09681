/** Between numbers and their bytes in files, which are little-endian: no copy where the machine is, too. */

const SAME_ORDER = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** The bytes of the numbers; on a little-endian machine they share memory. */
export function bytesOfFloats(data: Float32Array): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return SAME_ORDER ? bytes : swapped(bytes);
}

/** The numbers of a file's bytes; they share memory where that is possible. */
export function floatsOfBytes(bytes: Uint8Array<ArrayBuffer>): Float32Array {
  const own = !SAME_ORDER ? swapped(bytes) : bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Float32Array(own.buffer, own.byteOffset, own.byteLength / 4);
}

/** The 16-bit words of a file's bytes, likewise. */
export function halvesOfBytes(bytes: Uint8Array<ArrayBuffer>): Uint16Array {
  const own = !SAME_ORDER || bytes.byteOffset % 2 !== 0 ? bytes.slice() : bytes;
  const words = new Uint16Array(own.buffer, own.byteOffset, own.byteLength / 2);
  if (!SAME_ORDER) for (let i = 0; i < words.length; i++) words[i] = ((words[i] ?? 0) << 8) | ((words[i] ?? 0) >> 8);
  return words;
}

function swapped(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes);
  const view = new DataView(copy.buffer);
  for (let at = 0; at < copy.byteLength; at += 4) view.setUint32(at, view.getUint32(at, true), false);
  return copy;
}
