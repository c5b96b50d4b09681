/** Worlds on demand. A world is a pure function of its place, so dropping one from the cache only costs time. */
import type { Split } from "../task.ts";
import type { AtlasSettings } from "./options.ts";
import { makeWorld, type World } from "./world.ts";

export type Worlds = (split: Split, number: number) => World;

/** Worlds of the settings, the `capacity` last used of them kept. */
export function cachedWorlds(settings: AtlasSettings, capacity = 8): Worlds {
  const kept = new Map<string, World>();
  return (split, number) => {
    const key = `${split}/${number}`;
    const world = kept.get(key) ?? makeWorld(settings, split, number);
    // A Map keeps insertion order: the first key is the one unused for longest.
    kept.delete(key);
    kept.set(key, world);
    for (const oldest of kept.keys()) {
      if (kept.size <= capacity) break;
      kept.delete(oldest);
    }
    return world;
  };
}
