// What is wrong with what is known of a run's tests: nothing missing is ever shown as green.
import { CircleDashed, FileWarning } from "lucide-react";
import type { Run, TestTotals } from "../../../api/types";
import { stateWords } from "../../../testing/words";

const titles: Partial<Record<TestTotals["state"], string>> = {
  pending: "The tests are not all here yet.",
  partial: "These tests are not complete.",
  empty: "No test ran.",
  unreadable: "The test report cannot be read.",
  missing: "The test report is missing.",
};

/** A notice for every state but complete and none. */
export function TestsNotice({ run }: { run: Run }) {
  const totals = run.summary.tests;
  const title = titles[totals.state];
  // That a run goes on is said already, and that its reports come at its end needs no saying.
  const isObvious = totals.state === "pending" && run.status !== "completed" && totals.total === 0;
  if (!title || isObvious) return null;
  const { tone, meaning } = stateWords[totals.state];
  const look =
    tone === "fail"
      ? "border-fail/50 bg-fail-soft text-fail-text"
      : tone === "running"
        ? "border-running/40 bg-running-soft text-running-text"
        : "border-flaky/50 bg-flaky-soft text-flaky-text";
  const Icon = totals.state === "pending" ? CircleDashed : FileWarning;
  return (
    <div role="status" className={`flex items-start gap-2.5 rounded-lg border px-4 py-2 ${look}`}>
      <Icon aria-hidden size={16} className="mt-0.5 shrink-0" />
      <p className="min-w-0 break-words">
        <span className="font-medium">{title}</span> <bdi>{totals.problem ?? meaning}</bdi>
      </p>
    </div>
  );
}
