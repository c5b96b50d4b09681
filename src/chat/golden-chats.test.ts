import { expect, it } from "vitest";
import { chatCases } from "./testing/golden-chats.ts";

it("gives transformers' ids, conversations and masks, on a hostile set", async () => {
  const { differences, skipped, tokenizerCases, templateCases } = await chatCases();
  if (skipped.length > 0) console.warn(`skipped: no ${skipped.join(", ")}`);
  expect(differences.slice(0, 20)).toEqual([]);
  expect(tokenizerCases).toBeGreaterThan(200);
  expect(templateCases).toBeGreaterThan(100);
}, 60_000);
