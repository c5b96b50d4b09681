import { describe, expect, it } from "vitest";
import { thrownMessage } from "../../test/support/thrown.ts";
import { legalNames } from "./legal-names.ts";

describe("names of others' tools", () => {
  it.each([
    ["getWeather", "get_weather"],
    ["get-weather", "get_weather"],
    ["Get Weather!", "get_weather"],
    ["fetchURL", "fetch_url"],
    ["HTTPServer2", "http_server2"],
    ["files/read.text", "files_read_text"],
    ["__init__", "init"],
    ["2fast", "2fast"],
    ["already_legal_1", "already_legal_1"],
    ["naïve", "na_ve"],
  ])("%j is %s", (name, legal) => {
    expect(legalNames([name], "it")).toEqual([legal]);
    expect(legalNames([name], "it", "mine")).toEqual([`mine_${legal}`]);
    expect(legal).toMatch(/^[a-z0-9_]+$/);
  });

  it("are told apart, or it is said which are not", () => {
    expect(thrownMessage(() => legalNames(["get-weather", "a", "getWeather"], "the server x"))).toBe(
      "two tools of the server x would be named get_weather\n" +
        '  found: "get-weather" and "getWeather"\n' +
        "  to fix: leave one of them out",
    );
    expect(thrownMessage(() => legalNames(["日本"], "the server x"))).toBe(
      'the server x has a tool named "日本"\n  expected: a name with a letter a to z or a digit in it',
    );
  });
});
