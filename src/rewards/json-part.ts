/** JSON schema: 1 where the answer is one JSON value that the schema accepts. */
import { z } from "zod";
import { jsonShapeProblem } from "../std/json-shape.ts";
import { AepoError, messageOf } from "../std/errors.ts";
import type { PartOptions } from "./answer-parts.ts";
import type { PartResult, RewardPart } from "./reward-part.ts";

export interface JsonPartOptions extends PartOptions {
  /** Without it, each question's first accepted answer is the schema that its answer must meet. */
  readonly schema?: Readonly<Record<string, unknown>> | undefined;
}

const LIMITS = { what: "the answer", depth: 100, values: 100_000 };
const MAX_CHARACTERS = 1_000_000;

/** Throws AepoError("config") for a schema that is none. */
export function jsonPart({ name = "json", weight = 1, schema }: JsonPartOptions = {}): RewardPart {
  const fixed = schema === undefined ? null : checked(schema);
  return {
    name,
    weight,
    role: "accuracy",
    range: [0, 1],
    score: ({ answers: [gold = ""] }, { answer }): PartResult => {
      if (answer === null) return 0;
      return isAccepted(answer, fixed ?? checked(parsed(gold))) ? 1 : 0;
    },
  };
}

function checked(schema: unknown): z.ZodType {
  try {
    return z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
  } catch (thrown) {
    throw new AepoError("config", `not a JSON schema: ${messageOf(thrown)}`, {
      expected: 'a schema such as {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}',
      cause: thrown,
    });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw new AepoError("config", `the accepted answer is no JSON schema: ${messageOf(thrown)}`, { cause: thrown });
  }
}

/** The answer itself, or the one fenced block in it. */
function isAccepted(answer: string, schema: z.ZodType): boolean {
  const fenced = answer.split("```");
  const text = (fenced.length === 3 ? (fenced[1] ?? "").replace(/^json\s/i, "") : answer).trim();
  if (text === "" || text.length > MAX_CHARACTERS || jsonShapeProblem(text, LIMITS) !== null) return false;
  try {
    return schema.safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}
