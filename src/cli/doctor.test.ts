import { expect, it } from "vitest";
import { rejectionMessage } from "../../test/support/thrown.ts";
import { doctorCommand } from "./doctor.ts";

const refused = (...args: readonly string[]): Promise<string> =>
  rejectionMessage(doctorCommand().parseAsync(["node", "doctor", ...args]));

it("refuses what contradicts itself, before anything is looked at", async () => {
  expect(await refused("--url", "http://127.0.0.1:1")).toBe(
    "--url is about an engine elsewhere\n  to fix: add --engine tinker, or leave it out",
  );
  expect(await refused("--engine", "abacus")).toBe("--engine abacus: no such engine\n  expected: embedded or tinker");
  expect(await refused("--engine", "tinker")).toBe(
    "--engine tinker needs the server's address\n  to fix: add --url, such as --url http://127.0.0.1:8000",
  );
  expect(await refused("--engine", "tinker", "--url", "http://127.0.0.1:1", "--rank", "0")).toBe(
    "--rank 0: no rank of an adapter\n  expected: an integer from 1 to 9999",
  );
  // A key in the place of its name is not repeated.
  expect(await refused("--engine", "tinker", "--url", "http://127.0.0.1:1", "--key-env", "tml-secret")).toBe(
    "--key-env takes the NAME of an environment variable, never the key itself\n" +
      "  expected: letters, digits and _, such as TINKER_API_KEY",
  );
});
