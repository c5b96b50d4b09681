/** Files of a tar archive, plain or gzipped (POSIX ustar, long names of GNU and pax). What is no such archive is an error. */
import { gunzipSync } from "node:zlib";
import { AepoError, messageOf } from "../../../std/errors.ts";

const BLOCK = 512;
/** An adapter is small; what unpacks to more is none. */
const MOST_BYTES = 2 ** 31;

/** By name, folders left out: the part behind the last slash. */
export function tarFiles(archive: Uint8Array): Map<string, Uint8Array> {
  const bytes = archive[0] === 0x1f && archive[1] === 0x8b ? gunzipped(archive) : archive;
  const files = new Map<string, Uint8Array>();
  let longName: string | null = null;
  for (let at = 0; at + BLOCK <= bytes.length; ) {
    const header = bytes.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) return files;
    const size = sizeOf(header, at);
    const content = bytes.subarray(at + BLOCK, at + BLOCK + size);
    if (content.length < size) throw new AepoError("policy", "the archive ends in the middle of a file");
    const type = String.fromCharCode(header[156] ?? 0);
    if (type === "L") longName = text(content);
    else if (type === "x") longName = /\d+ path=([^\n]*)\n/.exec(text(content))?.[1] ?? longName;
    else {
      const name =
        longName ?? [text(header.subarray(345, 500)), text(header.subarray(0, 100))].filter(Boolean).join("/");
      if (type === "0" || type === "\0") files.set(name.split("/").at(-1) ?? name, content);
      longName = null;
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}

function gunzipped(archive: Uint8Array): Uint8Array {
  try {
    return gunzipSync(archive, { maxOutputLength: MOST_BYTES });
  } catch (thrown) {
    throw new AepoError("policy", `the archive does not unpack: ${messageOf(thrown)}`, { cause: thrown });
  }
}

/** Octal, as the format has it. */
function sizeOf(header: Uint8Array, at: number): number {
  const digits = text(header.subarray(124, 136)).trim();
  if (/^[0-7]+$/.test(digits) && text(header.subarray(257, 262)) === "ustar") return Number.parseInt(digits, 8);
  throw new AepoError("policy", `what the server sent is no tar archive (byte ${at})`);
}

function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
