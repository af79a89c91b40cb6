// Whether a failure is news, in a word; a flaky test's with how often.
import type { TestResult } from "../../../api/types";
import { noveltyWords } from "../../../testing/words";
import { Badge } from "../../../ui";

/** "flaky 18%", "new", "known"; nothing where it is not known. */
export function NewsBadge({ result }: { result: TestResult }) {
  if (!result.novelty) return null;
  const { label, tone, meaning } = noveltyWords[result.novelty];
  const percent = Math.round(result.flakeRate * 100);
  const share = result.novelty === "flaky" && percent > 0 ? ` ${percent}%` : "";
  return (
    <Badge tone={tone} title={share ? `${meaning}: it contradicted itself on${share} of the code it ran on` : meaning}>
      {label}
      {share}
    </Badge>
  );
}
