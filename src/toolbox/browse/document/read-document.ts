/**
 * A body that somebody sent as readable text. Runs in a thread of its own: what a page may cost (a million nested elements, a PDF
 * that never ends) has no bound, so whoever asks kills the thread when the time is up.
 */
import { decodeText } from "./decode-text.ts";
import { readHtml } from "./html-markdown.ts";
import { kindOf, mediaType } from "./kind.ts";

export interface DocumentSource {
  readonly bytes: Uint8Array;
  readonly cut: boolean;
  readonly contentType: string;
  /** What relative links are relative to. */
  readonly url: string;
  readonly content: "main" | "whole";
}

export interface ReadDocument {
  readonly title: string;
  readonly text: string;
  /** A page that says almost nothing without its scripts. */
  readonly needsJavaScript: boolean;
  readonly isHtml: boolean;
}

/** Throws, in words for the policy. */
export async function readDocument(source: DocumentSource): Promise<ReadDocument> {
  const { bytes, cut, contentType, url, content } = source;
  const kind = kindOf(contentType, bytes);
  switch (kind) {
    case "html": {
      const page = readHtml(decodeText(bytes, contentType), url, content);
      return { ...page, text: printable(page.text), title: printable(page.title), isHtml: true };
    }
    case "text":
      return textDocument("", decodeText(bytes, contentType));
    case "pdf": {
      if (cut) throw new Error(`the PDF is larger than ${bytes.length} bytes`);
      // Its library is large, and most bodies are no PDF.
      const { pdfText } = await import("./pdf-text.ts");
      const { title, text } = await pdfText(bytes);
      return textDocument(title, text);
    }
    case null:
      throw new Error(
        `it is ${mediaType(contentType) || "binary data"}; browse reads HTML, plain text, JSON, XML and PDF`,
      );
  }
}

function textDocument(title: string, text: string): ReadDocument {
  return { title: printable(title), text: printable(text).trim(), needsJavaScript: false, isHtml: false };
}

/** Without control characters, which no reader sees. */
function printable(text: string): string {
  return text.replaceAll(/\r\n?/g, "\n").replaceAll(/(?![\n\t])\p{Cc}/gu, "");
}
