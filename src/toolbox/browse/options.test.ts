import { expect, it } from "vitest";
import { AepoError } from "../../std/errors.ts";
import { openBrowseTool } from "./open-browse-tool.ts";
import type { BrowseOptionsInput } from "./options.ts";

it.each<[BrowseOptionsInput, string]>([
  [
    { executablePath: "/usr/bin/chromium" },
    "options of the tool browse: executablePath: has no effect with javascript: never; choose when-needed or always, or leave it out",
  ],
  [
    { sandbox: false },
    "options of the tool browse: sandbox: has no effect with javascript: never; choose when-needed or always, or leave it out",
  ],
  [
    { javascript: "yes" as "always" },
    'options of the tool browse: javascript: Invalid option: expected one of "never"|"when-needed"|"always"',
  ],
  [{ alow: ["a"] } as BrowseOptionsInput, 'options of the tool browse: Unrecognized key: "alow"'],
  [
    { allow: ["http://a.example/"] },
    'browse.allow has "http://a.example/"\n' +
      "  expected: a host (intranet.example, *.intranet.example), an address (127.0.0.1, ::1) or a range (10.0.0.0/8)",
  ],
  [
    { allow: ["10.0.0.0/33"] },
    'browse.allow has "10.0.0.0/33"\n' +
      "  expected: a host (intranet.example, *.intranet.example), an address (127.0.0.1, ::1) or a range (10.0.0.0/8)",
  ],
  [
    { javascript: "always", executablePath: "/no/such/chromium" },
    "browse.executablePath: there is no program /no/such/chromium\n" +
      "  to fix: give the path of a Chromium or Chrome, or leave it out to take the system's",
  ],
])("browse is not opened with %j", async (options, message) => {
  const opened = openBrowseTool(options);
  await expect(opened).rejects.toThrow(AepoError);
  await expect(opened).rejects.toMatchObject({ message });
});
