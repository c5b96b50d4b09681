/** `npm run docs:paper`: docs/paper.md and the README's picture. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { paperMarkdown } from "./paper.ts";
import { paperPicture } from "./paper-picture.ts";
import { ROOT } from "./sources.ts";

writeFileSync(join(ROOT, "docs/paper.md"), paperMarkdown());
writeFileSync(join(ROOT, "docs/paper-example.svg"), await paperPicture());
