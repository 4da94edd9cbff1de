// Answers questions with the page's own numbers, without a browser. Called by estimates_in_node.py:
//   node estimates_in_node.mjs REPORT.js <QUESTIONS.json
// stdin: [{"data": the page's data, "questions": [[function, arguments...]...]}...]; stdout: [[answer...]...].
import { readFileSync } from "node:fs";
import { createContext, runInContext } from "node:vm";

const context = createContext({});
// Without a document the script defines its functions and starts nothing.
runInContext(readFileSync(process.argv[2], "utf8"), context);
const answers = JSON.parse(readFileSync(0, "utf8")).map(({ data, questions }) => {
  const numbers = context.estimatesOf(data);
  return questions.map(([name, ...parts]) => numbers[name](...parts));
});
console.log(JSON.stringify(answers));
