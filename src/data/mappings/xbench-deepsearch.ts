/** xbench-DeepSearch (xbench/DeepSearch): Chinese questions, published enciphered so that crawlers do not learn them. */
import type { JsonObject } from "../../std/json.ts";
import { dataError, type Row } from "../row.ts";
import { type Mapping, nameOf } from "./mapping.ts";

const ENCIPHERED = ["prompt", "answer", "reference_steps"];

export const xbenchDeepsearch: Mapping = {
  name: "xbench-deepsearch",
  about: "xbench-DeepSearch: prompt and answer enciphered with the row's canary, or question and answer in the clear.",
  columns: { prompt: ["prompt", "question"], answers: "answer", id: "id", data: { type: "type" } },
  kind: "qa",
  marks: [["prompt", "answer", "canary"]],
  named: nameOf("xbench(?:[-_]?deep[-_]?search)?(?:[-_]?\\d{4})?|deepsearch[-_]\\d{4}"),
  decode(row) {
    const { canary } = row.values;
    if (typeof canary !== "string" || canary === "") return row;
    const clear: [string, string][] = ENCIPHERED.flatMap((column) => {
      const text = row.values[column];
      return typeof text === "string" ? [[column, decipher(row, column, text, canary)]] : [];
    });
    const values: JsonObject = { ...row.values, ...Object.fromEntries(clear) };
    return { ...row, values };
  },
};

/** Base64 of the text's bytes, each combined with the key's, round and round, by exclusive or. */
function decipher({ place }: Row, column: string, text: string, key: string): string {
  const bytes = Buffer.from(text, "base64");
  const keyBytes = Buffer.from(key, "utf8");
  const clear = bytes.map((byte, i) => byte ^ (keyBytes[i % keyBytes.length] ?? 0));
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(clear);
  } catch (thrown) {
    throw dataError(place, `${column} is wrong`, {
      expected: "a text that the row's canary deciphers",
      fix: "take the file as it was published; a copy in the clear has no canary column",
      cause: thrown,
    });
  }
}
