import { describe, expect, it } from "vitest";
import { messageOf } from "../../../std/errors.ts";
import { pdfOf } from "../testing/site.ts";
import { readDocument } from "./read-document.ts";

const read = async (bytes: Uint8Array | string, contentType: string, cut = false) =>
  readDocument({
    bytes: typeof bytes === "string" ? Buffer.from(bytes) : bytes,
    contentType,
    cut,
    url: "https://example.org/",
    content: "main",
  });
const text = async (bytes: Uint8Array | string, contentType: string, cut = false): Promise<string> =>
  read(bytes, contentType, cut).then((document) => document.text, messageOf);

describe("a body", () => {
  it.each([
    ["<p>a <b>b</b></p>", "text/html", "a **b**"],
    ["<p>a <b>b</b></p>", "Application/XHTML+XML; charset=utf-8", "a **b**"],
    ["<!DOCTYPE html><p>a", "", "a"],
    ["<p>a</p>", "text/plain", "<p>a</p>"],
    ['{"a": [1]}', "application/json", '{"a": [1]}'],
    ['{"a": [1]}', "application/ld+json", '{"a": [1]}'],
    ["<rss/>", "application/rss+xml", "<rss/>"],
    ["a,b\r\n1,2\r\n", "text/csv", "a,b\n1,2"],
    ["# A", "text/markdown", "# A"],
    ["just text", "application/octet-stream", "just text"],
    ["a\u0000b\u001b[31mc\u007f", "text/plain", "ab[31mc"],
  ])("%j as %s", async (body, type, expected) => {
    expect(await text(body, type)).toBe(expected);
  });

  it.each([
    [
      Uint8Array.of(0x89, 0x50, 0x4e, 0x47),
      "image/png",
      "it is image/png; browse reads HTML, plain text, JSON, XML and PDF",
    ],
    [
      Uint8Array.of(0x50, 0x4b, 3, 4),
      "application/zip",
      "it is application/zip; browse reads HTML, plain text, JSON, XML and PDF",
    ],
    [
      Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0),
      "application/octet-stream",
      "it is application/octet-stream; browse reads HTML, plain text, JSON, XML and PDF",
    ],
    [Uint8Array.of(0, 1, 2, 3), "", "it is binary data; browse reads HTML, plain text, JSON, XML and PDF"],
  ])("of another kind is refused with words", async (body, type, expected) => {
    expect(await text(body, type)).toBe(expected);
  });
});

describe("a PDF", () => {
  it("is the text of its pages", async () => {
    expect(await text(pdfOf("The cape has a lighthouse.", "It is 31 m high."), "application/pdf")).toBe(
      "The cape has a lighthouse.\n\nIt is 31 m high.",
    );
    expect(await text(pdfOf("By its first bytes."), "application/octet-stream")).toBe("By its first bytes.");
  });

  it("without text, cut or broken is refused with words", async () => {
    expect(await text(pdfOf(""), "application/pdf")).toBe("the PDF has 1 pages and no text: they may be pictures");
    expect(await text(pdfOf("a"), "application/pdf", true)).toMatch(/^the PDF is larger than \d+ bytes$/);
    expect(await text("no PDF at all", "application/pdf")).toMatch(/^the PDF cannot be read: /);
    expect(await text("", "application/pdf")).toMatch(/^the PDF cannot be read: /);
  });
});
