// What every view of a failure says in the same way, whether a report told of it or a log.
import { Link } from "@tanstack/react-router";
import type { LogFailure } from "../api/types";
import { Badge, buttonClass, Name } from "../ui";

/** The job, and the step where it is known. */
export function FailurePlace({ failure }: { failure: LogFailure }) {
  return (
    <>
      <Name>{failure.jobName}</Name>
      {failure.step && (
        <>
          {" › "}
          <Name>{failure.step}</Name>
        </>
      )}
    </>
  );
}

/** Where such a failure comes from, what found it, and its type. */
export function LogFailureBadges({ failure }: { failure: LogFailure }) {
  return (
    <>
      <Badge tone="flaky" title="Found by patterns in the log of the job: there is no report that says it">
        from the log
      </Badge>
      {failure.tool && <Badge title="The pattern that found it">{failure.tool}</Badge>}
      {failure.type && (
        <Badge title="Type or code of the error">
          <span className="max-w-[32ch] truncate">
            <Name>{failure.type}</Name>
          </span>
        </Badge>
      )}
    </>
  );
}

/** The way to everything that failed alike; nothing where the failure has no family. */
export function SameFailureLink({ familyId }: { familyId: number | null }) {
  if (familyId === null) return null;
  return (
    <Link to="/failures/$familyId" params={{ familyId: String(familyId) }} className={buttonClass()}>
      Same failure elsewhere
    </Link>
  );
}
