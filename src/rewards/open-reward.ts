/** A reward from its options. What cannot work (a missing key, a bonus no task can reach) fails here, not at step 40. */
import { AepoError } from "../std/errors.ts";
import { faultsOf } from "../tools/tool-input.ts";
import { exactPart, f1Part, mathPart } from "./answer-parts.ts";
import { choicePart } from "./choice-part.ts";
import { type ComposedReward, composeReward } from "./compose-reward.ts";
import { conditionalPart } from "./conditional-part.ts";
import { openCodePart } from "./code/code-part.ts";
import { jsonPart } from "./json-part.ts";
import { judgePart } from "./judge/judge-part.ts";
import {
  type PartKind,
  type PartSettings,
  type RewardInput,
  type RewardOptions,
  rewardOptionsSchema,
} from "./options.ts";
import { lengthPart, toolBonusPart } from "./path-parts.ts";
import { paperPreset, type RewardContext, releasedPreset } from "./presets.ts";
import type { AnyRewardPart } from "./reward-part.ts";

/** Close it when the run is over. Throws AepoError("config") that names the field. */
export async function openReward(options: RewardInput, context: RewardContext): Promise<ComposedReward> {
  const { preset, parts = [], accuracy, multiToolBonus, formatPenalty, correct } = checkedOptions(options);
  if (preset === "released") {
    checkReleased(context);
    return releasedPreset();
  }
  if (preset === "paper") {
    const judged = accuracy === undefined ? undefined : await openParts(accuracy, context);
    const other = judged?.find(({ role }) => role !== "accuracy");
    if (other !== undefined) {
      throw new AepoError("config", `reward.accuracy: ${other.name} does not say whether an answer is right`, {
        expected: "exact, f1, math, choice, json, code or judge",
        fix: "write the reward as parts",
      });
    }
    if (multiToolBonus !== undefined && multiToolBonus !== 0) checkBonus({ atLeast: 2 }, "multiToolBonus", context);
    return paperPreset({
      ...context,
      ...(judged === undefined ? {} : { accuracy: judged }),
      ...(multiToolBonus === undefined ? {} : { multiToolBonus }),
    });
  }
  return composeReward(await openParts(parts, context), {
    format: context,
    ...(formatPenalty === undefined ? {} : { formatPenalty }),
    ...(correct === undefined ? {} : { correct }),
  });
}

function checkedOptions(options: RewardInput): RewardOptions {
  const parsed = rewardOptionsSchema.safeParse(options);
  if (parsed.success) return parsed.data;
  throw new AepoError("config", `options of the reward: ${faultsOf(parsed.error)}`);
}

async function openParts(parts: readonly PartSettings[], context: RewardContext): Promise<readonly AnyRewardPart[]> {
  const opened: AnyRewardPart[] = [];
  for (const settings of parts) {
    if (settings.bonus !== undefined) checkBonus(settings.bonus, settings.bonus.name, context);
    opened.push(await openPart(settings));
  }
  return opened;
}

/** One part, of whichever kind the settings have. */
export async function openPart(settings: PartSettings): Promise<AnyRewardPart> {
  const kind = Object.keys(settings).find((key): key is PartKind => settings[key as PartKind] !== undefined);
  const when = kind === undefined ? undefined : settings[kind]?.when;
  const part = await made(settings);
  return when === undefined ? part : conditionalPart(part, when);
}

async function made({
  exact,
  f1,
  math,
  choice,
  json,
  code,
  judge,
  bonus,
  length,
}: PartSettings): Promise<AnyRewardPart> {
  if (exact !== undefined) return exactPart(exact);
  if (f1 !== undefined) return f1Part(f1);
  if (math !== undefined) return mathPart(math);
  if (choice !== undefined) return choicePart(choice);
  if (json !== undefined) return jsonPart(json);
  if (code !== undefined) return openCodePart(code);
  if (judge !== undefined) return judgePart(judge);
  if (bonus !== undefined) return toolBonusPart(bonus);
  if (length !== undefined) return lengthPart(length);
  throw new AepoError("config", "a part of the reward has no kind");
}

/** A bonus that no path can get has no effect. */
function checkBonus(
  { atLeast, tools }: { readonly atLeast: number; readonly tools?: readonly string[] | undefined },
  name: string,
  context: RewardContext,
): void {
  const names = context.tools.map((tool) => tool.name);
  const unknown = tools?.find((tool) => !names.includes(tool));
  if (unknown !== undefined) {
    throw new AepoError("config", `reward: ${name} counts the tool "${unknown}", which the task does not have`, {
      exists: names.join(", "),
    });
  }
  const counted = tools ?? names;
  if (new Set(counted).size >= atLeast) return;
  throw new AepoError("config", `reward: ${name} wants ${atLeast} different tools and can never be got`, {
    exists: counted.length === 0 ? "no tool" : counted.join(", "),
    fix: "lower atLeast, or leave the bonus out",
  });
}

/** The released reward looks for the paper's tags. */
function checkReleased({ dialect, tools }: RewardContext): void {
  if (dialect.name.startsWith("tags")) return;
  throw new AepoError("config", `the reward "released" reads the paper's tags, and the task writes "${dialect.name}"`, {
    exists: `tools ${tools.map(({ name }) => name).join(", ")}`,
    fix: "use the preset paper, which reads any dialect, or the dialect tags",
  });
}
