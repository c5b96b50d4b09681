import { describe, expect, it } from "vitest";
import { wordsOf } from "../words.ts";
import { atlasVocabulary, firstNames, namesOf, secondNames } from "./words.ts";

describe("words of atlas", () => {
  it("are 280 different ones, <pad> first", () => {
    // 1 pad, 12 tags, 15 words, 20 relations, 12 professions, 60 literals, 160 parts of names.
    expect(atlasVocabulary.length).toBe(1 + 12 + 15 + 20 + 12 + 60 + 160);
    expect(new Set(atlasVocabulary).size).toBe(280);
    expect(atlasVocabulary[0]).toBe("<pad>");
    expect(atlasVocabulary.filter((word) => wordsOf(word).join() !== word)).toEqual([]);
  });

  it("no name is in both splits, every part of a name is in both", () => {
    const [train, test] = [namesOf("train"), namesOf("test")];
    // 80 × 80 names; every fifth diagonal.
    expect([train.length, test.length, new Set([...train, ...test]).size]).toEqual([5120, 1280, 6400]);
    for (const names of [train, test]) {
      expect(new Set(names.flatMap(wordsOf))).toEqual(new Set([...firstNames, ...secondNames]));
    }
  });
});
