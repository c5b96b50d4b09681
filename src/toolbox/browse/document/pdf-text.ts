/** The text of a PDF, page after page. Scripts in it are not run. */
import { extractText, getDocumentProxy } from "unpdf";
import { messageOf } from "../../../std/errors.ts";

export interface PdfText {
  readonly title: string;
  readonly text: string;
}

/** Throws, in words, for what is no PDF, has a password or has no text. */
export async function pdfText(bytes: Uint8Array): Promise<PdfText> {
  try {
    // A Buffer is refused, and what is given is taken away.
    const pdf = await getDocumentProxy(Uint8Array.from(bytes), { isEvalSupported: false, verbosity: 0 });
    const { text } = await extractText(pdf, { mergePages: false });
    const { info } = (await pdf.getMetadata()) as { readonly info: { readonly Title?: unknown } };
    const whole = text
      .map((page) => page.trim())
      .filter((page) => page !== "")
      .join("\n\n");
    if (whole === "") throw new Error(`the PDF has ${pdf.numPages} pages and no text: they may be pictures`);
    return { title: typeof info.Title === "string" ? info.Title.trim() : "", text: whole };
  } catch (thrown) {
    throw worded(thrown);
  }
}

function worded(thrown: unknown): unknown {
  const name = thrown instanceof Error ? thrown.name : "";
  if (name === "PasswordException") return new Error("the PDF is locked with a password");
  if (name.endsWith("Exception")) return new Error(`the PDF cannot be read: ${messageOf(thrown)}`);
  return thrown;
}
