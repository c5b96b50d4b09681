/** Options of the browse tool, as a recipe writes them. */
import { z } from "zod";

const onlyWithJavaScript = ["executablePath", "sandbox"] as const;

export const browseOptionsSchema = z
  .strictObject({
    allow: z
      .array(z.string())
      .default([])
      .describe(
        "Hosts (intranet.example, *.intranet.example), addresses and CIDR ranges that may be reached although they are private; public ones always may.",
      ),
    javascript: z
      .enum(["never", "when-needed", "always"])
      .default("never")
      .describe(
        "Whether pages run in a Chromium (needs the package playwright-core): never, when a page is empty without its scripts, or always.",
      ),
    executablePath: z
      .string()
      .min(1)
      .optional()
      .describe("The Chromium that runs JavaScript pages; by default the system's."),
    sandbox: z
      .boolean()
      .optional()
      .describe(
        "Whether Chromium keeps its own sandbox; true by default. Where it cannot (as root), false runs without.",
      ),
    content: z
      .enum(["main", "whole"])
      .default("main")
      .describe("What of a page is shown: its main text, or all of it with menus and side bars."),
    pageChars: z.int().min(200).default(20_000).describe("Characters shown at once; the rest is on further pages."),
    timeoutMs: z.int().min(1).default(30_000).describe("Time limit of one page, redirects and scripts included."),
    maxBytes: z
      .int()
      .min(1024)
      .default(5 * 1024 * 1024)
      .describe("Bytes read of one answer, and bytes after decompression; the rest is not read."),
    maxRedirects: z.int().min(0).default(5).describe("Redirects followed."),
    userAgent: z.string().min(1).default("Mozilla/5.0 (compatible; aepo)").describe("The User-Agent header sent."),
  })
  .superRefine((options, context) => {
    for (const field of onlyWithJavaScript) {
      if (options.javascript !== "never" || options[field] === undefined) continue;
      context.addIssue({
        code: "custom",
        path: [field],
        message: "has no effect with javascript: never; choose when-needed or always, or leave it out",
      });
    }
  });

export type BrowseOptions = z.output<typeof browseOptionsSchema>;
export type BrowseOptionsInput = z.input<typeof browseOptionsSchema>;
