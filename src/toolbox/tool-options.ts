/** Options of a tool that was opened from TypeScript: checked by the schema that a recipe's are checked by. */
import type { z } from "zod";
import { AepoError } from "../std/errors.ts";
import { faultsOf } from "../tools/tool-input.ts";

/** The options with their defaults. Throws AepoError("config") that names tool and fields. */
export function toolOptions<Schema extends z.ZodType>(
  tool: string,
  schema: Schema,
  given: z.input<Schema>,
): z.output<Schema> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new AepoError("config", `options of the tool ${tool}: ${faultsOf(parsed.error)}`);
}
