import { expect, test } from "vitest";
import { aBar, aRun, aWorkflow } from "../../test/builders";
import { groupWorkflows } from "./WorkflowsPage";

test("a workflow fails when its last finished run did, also while the next one goes on", () => {
  const failed = aWorkflow({ id: 1, latestRun: aRun({ conclusion: "failure" }) });
  const retrying = aWorkflow({
    id: 2,
    latestRun: aRun({ status: "in_progress", conclusion: null }),
    recentRuns: [aBar({ status: "in_progress", conclusion: null }), aBar({ conclusion: "failure" })],
  });
  const fixed = aWorkflow({ id: 3, recentRuns: [aBar(), aBar({ conclusion: "failure" })] });
  const off = aWorkflow({ id: 4, state: "disabled_manually", latestRun: aRun({ conclusion: "failure" }) });
  const groups = groupWorkflows([failed, retrying, fixed, off]);
  expect(Object.values(groups).map((group) => group.map((workflow) => workflow.id))).toEqual([[1, 2], [3], [4]]);
});
