/** What a body is, by its Content-Type, or by its first bytes where that says nothing. */

export type DocumentKind = "html" | "text" | "pdf";

/** Null for what is none of them: pictures, archives, programs. */
export function kindOf(contentType: string, bytes: Uint8Array): DocumentKind | null {
  const type = mediaType(contentType);
  if (type === "text/html" || type === "application/xhtml+xml") return "html";
  if (type === "application/pdf" || type === "application/x-pdf") return "pdf";
  if (type === "" || type === "application/octet-stream" || type === "binary/octet-stream") return sniffed(bytes);
  const isText = type.startsWith("text/") || /^application\/(.*\+)?(json|xml|x?-?yaml|javascript|x-ndjson)$/.test(type);
  return isText ? "text" : null;
}

export function mediaType(contentType: string): string {
  return (contentType.split(";")[0] ?? "").trim().toLowerCase();
}

function sniffed(bytes: Uint8Array): DocumentKind | null {
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, 1024));
  if (head.startsWith("%PDF-")) return "pdf";
  const isMarked = head.startsWith("\u00ff\u00fe") || head.startsWith("\u00fe\u00ff");
  // A byte that no text has.
  if (!isMarked && bytes.subarray(0, 1024).some((byte) => byte < 9 || (byte > 13 && byte < 27))) return null;
  return /<(!doctype html|html|head|body)\b/i.test(head) ? "html" : "text";
}
