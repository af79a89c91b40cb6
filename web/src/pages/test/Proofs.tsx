// The executions that prove a verdict, spelled out: each leads to the result itself.
import { Link } from "@tanstack/react-router";
import { GitBranch } from "lucide-react";
import type { Proof, ProofExecution, ProofKind, Test } from "../../api/types";
import { TestIcon } from "../../testing/badges";
import { proofWords, searchWords, statusWords } from "../../testing/words";
import { Name, Time } from "../../ui";

const atFirst = 4;

/** The proofs, newest first; all but the first four folded. */
export function Proofs({ test, proofs }: { test: Test; proofs: Proof[] }) {
  const rest = proofs.slice(atFirst);
  return (
    <div className="border-t border-line px-4 py-3">
      <h2 className="mb-2 font-semibold">
        Proof <span className="font-normal text-faint">{proofs.length}</span>
      </h2>
      <ProofList test={test} proofs={proofs.slice(0, atFirst)} />
      {rest.length > 0 && (
        <details className="mt-2">
          <summary className="w-fit text-sm text-faint hover:text-text">{rest.length} more</summary>
          <div className="mt-2">
            <ProofList test={test} proofs={rest} />
          </div>
        </details>
      )}
    </div>
  );
}

/** Proofs of one kind that follow each other. */
export function byKind(proofs: Proof[]): { kind: ProofKind; proofs: Proof[] }[] {
  const groups: { kind: ProofKind; proofs: Proof[] }[] = [];
  for (const proof of proofs) {
    const last = groups.at(-1);
    if (last?.kind === proof.kind) last.proofs.push(proof);
    else groups.push({ kind: proof.kind, proofs: [proof] });
  }
  return groups;
}

function ProofList({ test, proofs }: { test: Test; proofs: Proof[] }) {
  return (
    <ul className="flex flex-col gap-2.5">
      {byKind(proofs).map((group) => (
        <li key={`${group.kind} ${group.proofs[0]?.executions[0]?.resultId}`}>
          <p className="text-sm text-muted">
            {proofWords[group.kind]}
            {group.kind === "failingStreak" && `, ${group.proofs[0]?.executions.length} times`}:
          </p>
          <ul className="mt-1 flex flex-wrap gap-x-4 gap-y-1.5">
            {group.proofs.map((proof) => (
              <li key={proof.executions[0]?.resultId}>
                <ol className="flex flex-wrap gap-1.5">
                  {proof.executions.map((execution) => (
                    <li key={execution.resultId}>
                      <ExecutionLink test={test} execution={execution} />
                    </li>
                  ))}
                </ol>
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ul>
  );
}

function ExecutionLink({ test, execution }: { test: Test; execution: ProofExecution }) {
  return (
    <Link
      to="/runs/$runId"
      params={{ runId: String(execution.runId) }}
      search={{
        tab: "tests",
        attempt: execution.attempt,
        q: searchWords(test.name),
        result: execution.resultId,
      }}
      className="flex flex-wrap items-center gap-x-2 rounded-md border border-line bg-bg px-2 py-1 text-sm hover:border-accent hover:no-underline"
    >
      <TestIcon status={execution.status} size={15} />
      <span>
        {statusWords[execution.status].label} in <span className="font-medium">#{execution.runNumber}</span>
        {execution.attempt > 1 && ` attempt ${execution.attempt}`}
      </span>
      <span className="font-mono text-xs text-faint">{execution.headSha.slice(0, 7)}</span>
      <span className="inline-flex max-w-[20ch] items-center gap-1 truncate text-faint">
        <GitBranch aria-hidden size={11} className="shrink-0" />
        <span className="truncate">
          <Name>{execution.branch}</Name>
        </span>
      </span>
      <span className="text-faint">
        <Time at={execution.at} />
      </span>
    </Link>
  );
}
