import { describe, expect, it } from "vitest";
import { callIt, fakeTool } from "../testing/fake-tool.ts";
import { type Around, around, wrapped } from "./around.ts";

describe("around a tool", () => {
  it("the first is outermost; what the tool is stays as it was", async () => {
    const seen: string[] = [];
    const noting =
      (name: string): Around =>
      (tool) =>
        wrapped(tool, (inner) => async (input, context) => {
          seen.push(`into ${name}`);
          const output = await inner(input, context);
          seen.push(`out of ${name}`);
          return output;
        });
    const look = fakeTool();
    const stacked = around(look, [noting("a"), noting("b")]);
    expect(await callIt(stacked, "x", { state: 7 })).toEqual({ text: "got x", state: 7 });
    expect(seen).toEqual(["into a", "into b", "out of b", "out of a"]);
    expect([stacked.name, stacked.description, stacked.input]).toEqual(["look", "looks", look.input]);
    expect(stacked.input).toBe(look.input);
    expect(around(look, [])).toBe(look);
  });

  it("a tool that is an object of a class keeps what is on its prototype", () => {
    class Looking {
      get name(): string {
        return "look";
      }
      readonly description = "";
      readonly input = fakeTool().input;
      execute(): string {
        return this.name;
      }
    }
    expect(wrapped(new Looking(), (inner) => inner).name).toBe("look");
  });

  it("a tool that returns no text fails like one that is not wrapped", async () => {
    const broken = wrapped(
      fakeTool(() => 42),
      (inner) => inner,
    );
    await expect(callIt(broken, "x")).rejects.toThrow("the tool returned number, not a text");
  });
});
