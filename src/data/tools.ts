/** The tools of a row: OpenAI's list of functions with JSON schemas, with or without the envelope. */
import type { ChatTool } from "../chat/chat-message.ts";
import { type Field, fieldOf, listOf, objectOf, stringOf, unpacked, wrong } from "./fields.ts";

export function toolsOf(field: Field): ChatTool[] {
  if (field.value === undefined || field.value === "") return [];
  const tools = listOf(unpacked(field)).map(toolOf);
  const names = tools.map((tool) => tool.function.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw wrong({ ...field, value: twice }, "each name once");
  return tools;
}

function toolOf(element: Field): ChatTool {
  const tool = objectOf(unpacked(element));
  const inner = fieldOf(tool, "function");
  const given = inner.value === undefined ? tool : objectOf(inner);
  const [description, parameters] = [fieldOf(given, "description"), unpacked(fieldOf(given, "parameters"))];
  return {
    type: "function",
    function: {
      name: stringOf(fieldOf(given, "name")),
      description: description.value === undefined ? "" : stringOf(description),
      parameters: parameters.value === undefined ? { type: "object", properties: {} } : objectOf(parameters).value,
    },
  };
}
