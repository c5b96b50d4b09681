/** Which columns of a row hold the question, its accepted answers and what else is kept, as a recipe or a mapping says it. */
import { z } from "zod";

const pathSchema = z.string().min(1);
const columnSchema = z.union([pathSchema, z.array(pathSchema).min(1)]);

export const answersSchema = z
  .strictObject({
    column: columnSchema.describe("The column, or the first of these that a row has."),
    as: z
      .enum(["text", "json", "index"])
      .optional()
      .describe(
        "text (default): a text, a number or a list of them; json: a text that holds such a list as JSON; index: the number of the right choice, from 0.",
      ),
    delimiter: z.string().min(1).optional().describe("Between several accepted answers in one text."),
    after: z.string().min(1).optional().describe('The answer is what follows the last of these, e.g. "####".'),
    boxed: z.boolean().optional().describe("The answer is what the last \\boxed{…} of the text holds."),
    also: columnSchema.optional().describe("Further accepted answers, where a row has any: aliases."),
  })
  .check(({ value, issues }) => {
    const { as = "text", delimiter, after, boxed } = value;
    const given = Object.entries({ delimiter, after, boxed: boxed === true ? true : undefined });
    const problem = (name: string, message: string): void =>
      void issues.push({ code: "custom", input: value, path: [name], message });
    for (const [name, option] of given)
      if (option !== undefined && as !== "text") problem(name, `has no effect with as: ${as}`);
    if (after !== undefined && boxed === true) problem("boxed", "contradicts after: give one of them");
  });
export type AnswerColumn = z.output<typeof answersSchema>;

export const columnsSchema = z
  .strictObject({
    prompt: columnSchema.describe(
      "The question: a text, or a list of messages: the user's, a system prompt before it.",
    ),
    answers: z
      .union([pathSchema, answersSchema, z.array(z.union([pathSchema, answersSchema])).min(1)])
      .describe(
        "Accepted answers: a column, an object that says how they are written, or the first of a list of these.",
      ),
    id: columnSchema.optional().describe("What names the question (default: its content)."),
    system: columnSchema.optional().describe("A system prompt (default: that of a list of messages)."),
    level: columnSchema.optional().describe("How hard it is said to be."),
    choices: columnSchema
      .optional()
      .describe("The choices, a list of texts: they are written below the question as A., B., …"),
    data: z
      .union([z.array(pathSchema), z.record(z.string(), pathSchema)])
      .optional()
      .describe("Other columns to keep for rewards: a list, or name: column."),
  })
  .check(({ value, issues }) => {
    const list = Array.isArray(value.answers) ? value.answers : [value.answers];
    if (value.choices !== undefined || list.every((one) => typeof one === "string" || one.as !== "index")) return;
    issues.push({
      code: "custom",
      input: value,
      path: ["choices"],
      message: "is missing: answers as: index counts them",
    });
  })
  .describe("Which columns hold what. Dots lead into structs: reward_model.ground_truth.");
export type Columns = z.output<typeof columnsSchema>;
