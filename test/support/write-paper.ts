/** `npm run docs:paper`. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { paperMarkdown } from "./paper.ts";
import { ROOT } from "./sources.ts";

writeFileSync(join(ROOT, "docs/paper.md"), paperMarkdown());
