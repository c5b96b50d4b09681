/** The ready-made mappings, those with narrower names first. */
import { aime24, aime25 } from "./aime.ts";
import { frames } from "./frames.ts";
import { gaia } from "./gaia.ts";
import { gsm8k } from "./gsm8k.ts";
import { hle } from "./hle.ts";
import type { Mapping } from "./mapping.ts";
import { math, math500 } from "./math.ts";
import { bamboogle, hotpotqa, musique, twoWiki } from "./multi-hop.ts";
import { questionAnswer } from "./question-answer.ts";
import { verl } from "./verl.ts";
import { webwalkerqa } from "./webwalkerqa.ts";
import { xbenchDeepsearch } from "./xbench-deepsearch.ts";

/** The last one is for files that are none of the others. */
export const MAPPINGS: readonly Mapping[] = [
  verl,
  gaia,
  hle,
  webwalkerqa,
  xbenchDeepsearch,
  frames,
  aime24,
  aime25,
  math500,
  math,
  gsm8k,
  hotpotqa,
  twoWiki,
  musique,
  bamboogle,
  questionAnswer,
];

export const MAPPING_NAMES: readonly string[] = MAPPINGS.map(({ name }) => name);
