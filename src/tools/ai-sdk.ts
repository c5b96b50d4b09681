/**
 * Tools of the Vercel AI SDK, accepted as they are: `fromAiSdk({ getWeather: tool({ … }) })`. The SDK itself is not needed. A tool
 * is told its call's id and signal, and no messages: what came before belongs to the policy. Of a tool that streams, the last
 * value is the result, as it is for the SDK.
 */
import { AepoError, messageOf } from "../std/errors.ts";
import { aiSdkText } from "./ai-sdk-text.ts";
import { type AiSdkInput, aiSdkInput } from "./ai-sdk-schema.ts";
import { legalNames } from "./legal-names.ts";
import { type AnyTool, tool } from "./tool.ts";

/** The shape of `tool({ … })`, versions 5 and 6. */
export interface AiSdkTool {
  readonly description?: string | undefined;
  readonly inputSchema: unknown;
  // oxlint-disable-next-line typescript/no-explicit-any -- each tool has input, output and options of its own.
  readonly execute?: ((input: any, options: any) => unknown) | undefined;
  // oxlint-disable-next-line typescript/no-explicit-any -- as above.
  readonly toModelOutput?: ((options: any) => unknown) | undefined;
  readonly needsApproval?: unknown;
}

/**
 * In their order, by their names made legal. Throws AepoError("config") that names a tool that cannot be used: one that is
 * executed elsewhere, asks a person first, or has a schema that cannot be read.
 */
export function fromAiSdk(tools: Readonly<Record<string, AiSdkTool>>): readonly AnyTool[] {
  const entries = Object.entries(tools);
  const names = legalNames(
    entries.map(([name]) => name),
    "the AI SDK",
  );
  return entries.map(([given, sdkTool], i) => converted(given, names[i] ?? given, sdkTool));
}

function converted(given: string, name: string, sdkTool: AiSdkTool): AnyTool {
  const { description = "", execute, needsApproval } = sdkTool;
  if (execute === undefined) {
    throw toolError(given, "it has no execute", "give it one: nobody else runs it here");
  }
  if (needsApproval !== undefined && needsApproval !== false) {
    throw toolError(given, "it asks a person first (needsApproval)", "leave needsApproval out: nobody is there to ask");
  }
  const { input, validated } = inputOf(given, sdkTool);
  return tool({
    name,
    description,
    input,
    async execute(written, { call, place, signal }) {
      const value = await validated(written);
      const toolCallId = place === undefined ? `call-${call}` : `${place.path}/${call}`;
      const output = await finalOf(execute(value, { toolCallId, messages: [], abortSignal: signal }), signal);
      const { toModelOutput } = sdkTool;
      return aiSdkText(
        toModelOutput === undefined ? null : await toModelOutput({ toolCallId, input: value, output }),
        output,
      );
    },
  });
}

function inputOf(given: string, { inputSchema }: AiSdkTool): AiSdkInput {
  try {
    return aiSdkInput(inputSchema);
  } catch (thrown) {
    throw toolError(given, messageOf(thrown), "give it a zod schema, or JSON schema of type object");
  }
}

/** The value, of a promise too; of an async iterable the last one. */
async function finalOf(result: unknown, signal: AbortSignal): Promise<unknown> {
  if (!isAsyncIterable(result)) return result;
  let last: unknown;
  for await (const value of result) {
    last = value;
    signal.throwIfAborted();
  }
  return last;
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

function toolError(name: string, what: string, fix: string): AepoError {
  return new AepoError("config", `the AI SDK's tool ${name} cannot be used: ${what}`, { fix });
}
