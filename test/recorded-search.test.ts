import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { task as openTask } from "../examples/recorded-search/task.ts";
import { checkTask } from "../src/envs/conformance.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "aepo-recorded-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Twelve cities whose rivers the recorded searches know; of the thirteenth they know nothing. */
function files(): { readonly recorded: string; readonly questions: string[]; readonly folder: string } {
  const cities = [..."abcdefghijkl"].map((letter) => ({
    city: `${letter.toUpperCase()}burg`,
    river: `River ${letter}ana`,
  }));
  const searches = cities.map(({ city, river }) => [
    `search query: river of ${city}`,
    `Page 1: The city of ${city} stands on the ${river}, north of the Great Hills, and is an old one.\nPage 2: short`,
  ]);
  const rows = [...cities, { city: "Nowhere", river: "River Styx" }].map(({ city, river }) =>
    JSON.stringify({ question: `Which river does the city of ${city} stand on?`, answer: [river] }),
  );
  const [recorded, questions] = [join(folder, "cache.json"), join(folder, "questions.jsonl")];
  writeFileSync(recorded, JSON.stringify(Object.fromEntries(searches)));
  writeFileSync(questions, `${rows.join("\n")}\n`);
  return { recorded, questions: [questions], folder: join(folder, "work") };
}

describe("the example of recorded searches", () => {
  it("asks what the records can answer, and its demonstrations keep the task's rules", async () => {
    const { task, close } = await openTask(files(), { signal: new AbortController().signal, seed: 1 });
    const [train = 0, test = 0] = (task.description.match(/\d+/g) ?? []).map(Number);
    expect(train + test).toBe(12);
    expect(Math.min(train, test)).toBeGreaterThan(0);
    const { faults, correctShare } = await checkTask(task, { questions: 12 });
    expect(faults).toEqual([]);
    // One in three is careless.
    expect(correctShare).toBeGreaterThan(0.3);
    expect(correctShare).toBeLessThan(1);
    await close();
  });
});
