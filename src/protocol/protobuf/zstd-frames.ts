/**
 * What a zstd body says of itself before anything is decompressed: how much memory its frames ask for, and how much can come
 * out of them. The decompressor believes a frame's header and takes up to 2 GiB for it at once.
 */
import { AepoError } from "../../std/errors.ts";

/** What the format's own text recommends decoders to support. */
const LARGEST_WINDOW = 8 * 2 ** 20;
const LARGEST_BLOCK = 128 * 2 ** 10;
/** Each costs the decompressor a call within a call. */
const MOST_FRAMES = 64;
const MAGIC = 0xfd2fb528;

/** Throws if a frame is not one, asks for a large window, or if what comes out is certain to be over `mostBytes`. */
export function checkZstdFrames(bytes: Uint8Array, mostBytes: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = view.byteLength;
  let certain = 0;
  let frames = 0;
  for (let at = 0; at < end; frames++) {
    if (frames === MOST_FRAMES) throw notZstd(`more than ${MOST_FRAMES} frames`);
    if (at + 9 > end) throw notZstd(`the frame at byte ${at} is cut`);
    if (view.getUint32(at, true) !== MAGIC) throw notZstd(`no frame at byte ${at}`);
    const { start, window, checksum } = frameHeader(view, at);
    if (window > LARGEST_WINDOW)
      throw new AepoError("policy", `a zstd frame asks for a window of ${window} bytes`, {
        expected: `at most ${LARGEST_WINDOW}`,
      });
    const blocks = walkBlocks(view, start);
    certain += blocks.certain;
    if (certain > mostBytes) throw tooLarge(mostBytes);
    at = blocks.end + (checksum ? 4 : 0);
    if (at > end) throw notZstd("the last frame is cut");
  }
}

export function tooLarge(mostBytes: number): AepoError {
  return new AepoError("policy", `the zstd body is larger than ${mostBytes} bytes when it is decompressed`, {
    fix: "send the data in several requests",
  });
}

export function notZstd(why: string): AepoError {
  return new AepoError("policy", `the body is not valid zstd: ${why}`);
}

function frameHeader(view: DataView, at: number): { start: number; window: number; checksum: boolean } {
  const flags = view.getUint8(at + 4);
  const single = (flags & 32) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][flags & 3] ?? 0;
  const sizeBytes = flags >> 6 === 0 ? (single ? 1 : 0) : 1 << (flags >> 6);
  const sizeAt = at + (single ? 5 : 6) + dictionaryBytes;
  const start = sizeAt + sizeBytes;
  if (start > view.byteLength) throw notZstd("a frame header is cut");
  if (dictionaryBytes > 0) throw notZstd("a frame needs a dictionary");
  const checksum = (flags & 4) !== 0;
  if (!single) {
    const descriptor = view.getUint8(at + 5);
    const base = 2 ** (10 + (descriptor >> 3));
    return { start, window: base + (base / 8) * (descriptor & 7), checksum };
  }
  // A frame in one segment has its whole content as its window.
  return { start, window: contentSize(view, sizeAt, sizeBytes), checksum };
}

function contentSize(view: DataView, at: number, bytes: number): number {
  if (bytes === 1) return view.getUint8(at);
  if (bytes === 2) return view.getUint16(at, true) + 256;
  if (bytes === 4) return view.getUint32(at, true);
  return Number(view.getBigUint64(at, true));
}

/** To the end of the frame. `certain`: bytes that come out of the blocks that say so. */
function walkBlocks(view: DataView, start: number): { end: number; certain: number } {
  let certain = 0;
  for (let at = start; ; ) {
    if (at + 3 > view.byteLength) throw notZstd("a block is cut");
    const header = view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
    const [last, kind, size] = [(header & 1) === 1, (header >> 1) & 3, header >> 3];
    if (kind === 3 || size > LARGEST_BLOCK) throw notZstd(`the block at byte ${at} is none`);
    if (kind !== 2) certain += size;
    // One byte that is repeated, or as many as it says.
    at += 3 + (kind === 1 ? 1 : size);
    if (at > view.byteLength) throw notZstd("a block is cut");
    if (last) return { end: at, certain };
  }
}
