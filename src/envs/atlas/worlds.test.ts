import { describe, expect, it } from "vitest";
import { atlasSettings } from "./options.ts";
import { makeWorld } from "./world.ts";
import { cachedWorlds } from "./worlds.ts";

describe("cached worlds", () => {
  const settings = atlasSettings();

  it("keep the last used ones and make the others again, equal", () => {
    const worlds = cachedWorlds(settings, 2);
    const first = worlds("train", 0);
    worlds("train", 1);
    expect(worlds("train", 0)).toBe(first);
    worlds("test", 0);
    expect(worlds("train", 0)).toBe(first);
    worlds("train", 2);
    worlds("train", 3);
    expect(worlds("train", 0)).not.toBe(first);
    expect(worlds("train", 0)).toEqual(makeWorld(settings, "train", 0));
  });
});
