// A failure as Markdown, for an issue or a message. Pure.
import type { RunDetail, TestDetail, TestResult } from "../api/types";
import { formatCount, formatDuration, formatRate, plural } from "../format";
import { githubUrl } from "../webAddress";
import { plainText, withoutMessage } from "./stack";
import { fullName, noveltyWords, proofWords, statusWords, verdictWords } from "./words";

const stackLines = 30;

/** A fence longer than any in the text, so that the text cannot end it. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}

/** Text of others inside a line: nothing in it is markup. */
function inline(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[\\`*_{}[\]()#+!|<>~@]/g, "\\$&");
}

/** The failure with its place, message, stack and links. */
export function failureMarkdown(result: TestResult, run: RunDetail, origin: string): string {
  const { failure } = result;
  const github = githubUrl(run.htmlUrl, run.repository);
  const place = result.file ? `${result.file}${result.line ? `:${result.line}` : ""}` : null;
  const facts = [
    `${statusWords[result.status].label}${result.durationMs === null ? "" : ` after ${formatDuration(result.durationMs)}`}`,
    result.tries > 1 ? `${result.tries} tries` : null,
    result.variant ? inline(result.variant) : null,
    result.novelty ? `${noveltyWords[result.novelty].label} failure` : null,
    `test is ${verdictWords[result.verdict].label}`,
  ].filter(Boolean);
  const stack = failure?.stack ? withoutMessage(failure.stack, failure.message).split("\n") : [];
  const left = stack.length - stackLines;
  return [
    `### ${inline(fullName(result))}`,
    "",
    ...(place ? [`${inline(place)}  `] : []),
    `${facts.join(", ")}  `,
    `${inline(run.workflowName)} #${run.runNumber}, ${inline(run.branch ?? "")}, commit ${run.headSha.slice(0, 7)}`,
    "",
    ...(failure?.message ? [fenced(plainText(failure.message).trim()), ""] : []),
    ...(stack.length > 0
      ? [fenced([...stack.slice(0, stackLines), ...(left > 0 ? [`… ${left} more lines`] : [])].join("\n")), ""]
      : []),
    `[Run](${origin}/runs/${run.id}) · [Test](${origin}/tests/${result.testId})${github ? ` · [GitHub](${github})` : ""}`,
    "",
  ].join("\n");
}

const proofsTold = 5;
const causesTold = 5;

/** A test with its verdict, the proof of it, since when it fails and how, for an issue. */
export function testMarkdown(test: TestDetail, origin: string): string {
  const { judgement, failingSince: since } = test;
  const failures = new Map(test.causes.map((cause) => [cause.familyId, cause.failures]));
  const run = (id: number, number: number) => `[#${number}](${origin}/runs/${id})`;
  const proofs = judgement.proof.slice(0, proofsTold).map((proof) => {
    const executions = proof.executions.map(
      (one) => `${statusWords[one.status].label} in ${run(one.runId, one.runNumber)} (${one.headSha.slice(0, 7)})`,
    );
    return `- ${proofWords[proof.kind]}: ${executions.join(", ")}`;
  });
  const causes = test.families.slice(0, causesTold).map((family) => {
    const count = failures.get(family.id) ?? 0;
    return `- ${inline(plainText(family.title))}${count > 0 ? ` (${plural(count, "failure")})` : ""}`;
  });
  const section = (title: string, lines: string[]) => (lines.length > 0 ? [`**${title}**`, ...lines, ""] : []);
  return [
    `### ${inline(fullName(test))}`,
    "",
    ...(test.file ? [`${inline(test.file)}  `] : []),
    `**${verdictWords[judgement.verdict].label}**: ${inline(judgement.reason || verdictWords[judgement.verdict].meaning)}`,
    "",
    `${formatCount(test.failures)} of ${plural(test.results, "result")} failed, ${plural(judgement.flips, "flip")}, contradicted itself on ${formatRate(judgement.flakeRate)} of the code it ran on`,
    "",
    ...(since?.firstRed
      ? [
          `First bad ${run(since.firstRed.id, since.firstRed.runNumber)} (${since.firstRed.headSha.slice(0, 7)})${since.lastGreen ? `, last good ${run(since.lastGreen.id, since.lastGreen.runNumber)} (${since.lastGreen.headSha.slice(0, 7)})` : ""}`,
          "",
        ]
      : []),
    ...section("Proof", proofs),
    ...section("How it fails", causes),
    `[History of the test](${origin}/tests/${test.id})`,
    "",
  ].join("\n");
}
