// Causes of a test's failures in the order in which they are shown. Pure.
import type { Family, TestCause, TestDetail } from "../../api/types";

/** A cause, and the one before it that is nearly the same. */
export interface ShownCause {
  family: Family;
  cause: TestCause;
  nearTo: Family | null;
}

/** Most failures first; a cause that is nearly the same as another follows it. */
export function causesInOrder(test: Pick<TestDetail, "families" | "causes">): ShownCause[] {
  const families = new Map(test.families.map((family) => [family.id, family]));
  const counted = new Set(test.causes.map((cause) => cause.familyId));
  const uncounted = test.families.filter((family) => !counted.has(family.id)).map(uncountedCause);
  const left = [...test.causes, ...uncounted].sort((a, b) => b.failures - a.failures);
  const shown: ShownCause[] = [];
  while (left.length > 0) {
    const first = left.shift();
    const family = first && families.get(first.familyId);
    if (!first || !family) continue;
    shown.push({ family, cause: first, nearTo: null });
    for (const cause of left.filter((one) => first.similar.includes(one.familyId))) {
      left.splice(left.indexOf(cause), 1);
      const near = families.get(cause.familyId);
      if (near) shown.push({ family: near, cause, nearTo: family });
    }
  }
  return shown;
}

/** A cause older than the results that are counted. */
function uncountedCause(family: Family): TestCause {
  return { familyId: family.id, failures: 0, firstAt: family.firstSeenAt, lastAt: family.lastSeenAt, similar: [] };
}
