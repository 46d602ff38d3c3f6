// Asks MDN's HTTP Observatory about a portal on this machine: node observatory.mjs HTTPPORT HTTPSPORT.
// Prints {"grade", "score", "tests": {name: {pass, result, modifier}}} as JSON.
import { ALL_TESTS } from "@mdn/mdn-http-observatory/src/constants.js";
import { getGradeForScore, getScoreModifier } from "@mdn/mdn-http-observatory/src/grader/grader.js";
import { retrieve } from "@mdn/mdn-http-observatory/src/retriever/retriever.js";

const [httpPort, httpsPort] = process.argv.slice(2).map(Number);
const answers = await retrieve("localhost", { httpPort, httpsPort });
if (!answers.responses.auto) {
  console.error("the portal does not answer");
  process.exit(2);
}
// As the Observatory counts: what is missing always, what is better than asked for only from 90 on.
let missing = 100;
let all = 100;
const tests = {};
for (const test of ALL_TESTS) {
  const { name, pass, result } = test(answers);
  const modifier = getScoreModifier(result);
  tests[name ?? test.name] = { pass, result, modifier };
  all += modifier;
  if (modifier < 0) missing += modifier;
}
const score = Math.max(0, missing >= 90 ? all : missing);
console.log(JSON.stringify({ grade: getGradeForScore(score).grade, score, tests }));
