/** What an algorithm needs to know of a task, for tests that grow no trees. */
import type { TaskTraits } from "../algorithm.ts";

export const sketchTask: TaskTraits = {
  entropyWindow: { tokens: 6, skip: 1 },
  limits: { tokens: 64 },
};
