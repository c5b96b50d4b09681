import { expect, it } from "vitest";
import { decodeText } from "./decode-text.ts";

const latin = (text: string): Uint8Array => Buffer.from(text, "latin1");
const utf8 = (text: string): Uint8Array => Buffer.from(text);
const JAPANESE = Uint8Array.of(0x93, 0xfa, 0x96, 0x7b); // 日本 in Shift_JIS

it.each<[string, Uint8Array, string, string]>([
  ["the header", latin("caf\xe9"), "text/html; charset=ISO-8859-1", "café"],
  ["the header, quoted", JAPANESE, 'text/plain; charset="shift_jis"', "日本"],
  [
    "<meta charset>",
    latin('<meta charset="windows-1252">\x93caf\xe9\x94'),
    "text/html",
    '<meta charset="windows-1252">“café”',
  ],
  [
    "<meta http-equiv>",
    latin("<meta http-equiv='Content-Type' content='text/html; charset=latin1'>\xe9"),
    "text/html",
    "<meta http-equiv='Content-Type' content='text/html; charset=latin1'>é",
  ],
  [
    "<?xml encoding?>",
    latin('<?xml version="1.0" encoding="iso-8859-1"?>\xe9'),
    "text/xml",
    '<?xml version="1.0" encoding="iso-8859-1"?>é',
  ],
  [
    "the header before the page",
    utf8('<meta charset="latin1">é'),
    "text/html; charset=utf-8",
    '<meta charset="latin1">é',
  ],
  ["a byte order mark before both", utf8("\uFEFFé"), "text/html; charset=latin1", "é"],
  ["UTF-16 by its mark", Uint8Array.of(0xff, 0xfe, 0x41, 0, 0xe9, 0), "text/plain", "Aé"],
  ["UTF-8 by default", utf8("日本 é"), "text/plain", "日本 é"],
  ["an unknown encoding as UTF-8", utf8("é"), "text/plain; charset=klingon", "é"],
  ["a page that says UTF-16 and is not", utf8('<meta charset="utf-16">é'), "text/html", '<meta charset="utf-16">é'],
  ["an old page that declares nothing", latin("caf\xe9 d\xe9j\xe0"), "text/html", "café déjà"],
  // Invalid UTF-8: what is wrong is U+FFFD, what is right stays.
  [
    "wrong bytes in UTF-8",
    Buffer.concat([utf8("日本é"), Uint8Array.of(0xff, 0xc3)]),
    "text/plain",
    "日本é\uFFFD\uFFFD",
  ],
  ["wrong bytes where UTF-8 is declared", latin("caf\xe9\xff"), "text/plain; charset=utf-8", "caf\uFFFD\uFFFD"],
  [
    "overlong and surrogates",
    Uint8Array.of(0xc0, 0xaf, 0xed, 0xa0, 0x80),
    "text/plain; charset=utf-8",
    "\uFFFD".repeat(5),
  ],
  ["nothing", new Uint8Array(0), "", ""],
])("%s", (_, bytes, contentType, expected) => {
  expect(decodeText(bytes, contentType)).toBe(expected);
});
