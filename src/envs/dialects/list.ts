/** The dialects by name, as recipes know them. */
import { z } from "zod";
import type { Dialect } from "./dialect.ts";
import { hermesDialect } from "./hermes.ts";
import { llama3Dialect } from "./llama3.ts";
import { lineTagDialect } from "./tags.ts";

export const dialectNames = ["tags", "hermes", "llama3"] as const;
export type DialectName = (typeof dialectNames)[number];

export const dialectSchema = z.enum(dialectNames);

/** For pretrained models. */
export function dialectOf(name: DialectName): Dialect {
  switch (name) {
    case "tags":
      return lineTagDialect;
    case "hermes":
      return hermesDialect();
    case "llama3":
      return llama3Dialect();
  }
}
