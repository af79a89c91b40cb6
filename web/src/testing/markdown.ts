// A failure as Markdown, for an issue or a message. Pure.
import type { RunDetail, TestResult } from "../api/types";
import { formatDuration } from "../format";
import { plainText, withoutMessage } from "./stack";
import { fullName, noveltyWords, statusWords, verdictWords } from "./words";

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
    `[Run](${origin}/runs/${run.id}) · [Test](${origin}/tests/${result.testId})${run.htmlUrl ? ` · [GitHub](${run.htmlUrl})` : ""}`,
    "",
  ].join("\n");
}
