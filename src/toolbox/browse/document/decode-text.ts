/**
 * Bytes as text: by byte order mark, the Content-Type header, the page's own declaration, else UTF-8. What the encoding cannot
 * say becomes U+FFFD; nothing is thrown.
 */

const DECLARED_WITHIN = 2048;
/** Windows' characters from 0x80 on; U+FFFD where it has none. */
const WINDOWS = "€\uFFFD‚ƒ„…†‡ˆ‰Š‹Œ\uFFFDŽ\uFFFD\uFFFD‘’“”•–—˜™š›œ\uFFFDžŸ";

export function decodeText(bytes: Uint8Array, contentType: string): string {
  const label = markOf(bytes) ?? headerCharset(contentType) ?? declaredCharset(bytes);
  const decoder = label === null ? null : decoderOf(label);
  if (decoder !== null) return decoded(decoder, bytes);
  const text = new TextDecoder().decode(bytes);
  return looksLikeLatin(text) ? decoded(new TextDecoder("windows-1252"), bytes) : text;
}

/** Some Nodes read windows-1252 as Latin 1: quotes and dashes would be control characters. */
function decoded(decoder: TextDecoder, bytes: Uint8Array): string {
  const text = decoder.decode(bytes);
  if (decoder.encoding !== "windows-1252") return text;
  return text.replaceAll(/[\x80-\x9f]/g, (byte) => WINDOWS[byte.charCodeAt(0) - 0x80] ?? byte);
}

function markOf(bytes: Uint8Array): string | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return "utf-8";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  return bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : null;
}

function headerCharset(contentType: string): string | null {
  return /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType)?.[1] ?? null;
}

/** <meta charset>, <meta http-equiv … charset=…> or <?xml encoding=…?>. */
function declaredCharset(bytes: Uint8Array): string | null {
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, DECLARED_WITHIN));
  const declared =
    /<meta[^>]+charset\s*=\s*["']?([^\s"'/>;]+)/i.exec(head) ?? /<\?xml[^>]+encoding\s*=\s*["']([^"']+)/i.exec(head);
  // A page that could be read up to here is not UTF-16, whatever it says.
  return declared?.[1]?.replace(/^utf-16.*$/i, "utf-8") ?? null;
}

function decoderOf(label: string): TextDecoder | null {
  try {
    return new TextDecoder(label);
  } catch {
    return null;
  }
}

/** Nothing is declared and more bytes are no UTF-8 than are: an old page of the west. */
function looksLikeLatin(text: string): boolean {
  const wrong = text.match(/\uFFFD/g)?.length ?? 0;
  if (wrong === 0) return false;
  const right = (text.match(/[^\0-\x7f]/g)?.length ?? 0) - wrong;
  return wrong > right;
}
