import { expect, it } from "vitest";
import { keyVariable, serverKey } from "./server-key.ts";

const environment = { OPENAI_API_KEY: "openai's", AEPO_API_KEY: "mine", MINE: "named", EMPTY: "" };

it.each([
  ["https://api.openai.com/v1", undefined, "openai's"],
  ["http://127.0.0.1:8080/v1", undefined, "mine"],
  ["https://openai.com.evil.example/v1", undefined, "mine"],
  ["https://notopenai.com/v1", undefined, "mine"],
  ["https://notopenai.com/v1", "MINE", "named"],
])("%s, variable %s", (url, keyEnv, key) => {
  expect(serverKey(url, keyEnv, environment)).toBe(key);
});

it("a server is asked without a key where none is set, unless one was named", () => {
  expect(serverKey("http://127.0.0.1:1", undefined, {})).toBeNull();
  for (const name of ["EMPTY", "MISSING"]) {
    expect(() => serverKey("http://127.0.0.1:1", name, environment)).toThrow(
      `server.keyEnv: the environment variable ${name} is not set\n  to fix: set it to the server's key, or leave server.keyEnv out`,
    );
  }
  expect(keyVariable("no address", undefined)).toBe("AEPO_API_KEY");
});
