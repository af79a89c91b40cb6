import { describe, expect, test } from "vitest";
import {
  activeFilters,
  idOf,
  parseSearch,
  runsParameters,
  stringifySearch,
  togglePick,
  validateCompareSearch,
  validateFailuresSearch,
  validateRunSearch,
  validateRunsSearch,
  validateTestSearch,
  validateTestsSearch,
  validateWorkflowSearch,
} from "./search";

describe("filters of runs", () => {
  test.each([
    "",
    "?status=failure",
    "?status=in_progress&branch=feat%2Fpromo&event=pull_request&q=%23a%26b+%C3%BC",
    "?branch=123&q=true",
    "?cursor=abc%3D%3D",
  ])("%s survives reading and writing", (address) => {
    expect(stringifySearch(validateRunsSearch(parseSearch(address)))).toBe(address);
  });

  test("unknown and empty parameters are dropped", () => {
    expect(validateRunsSearch(parseSearch("?colour=red&status=&q=x"))).toEqual({ q: "x" });
  });

  test("a conclusion is sent as conclusion, a status as status", () => {
    expect(runsParameters({ status: "failure", q: "x" })).toEqual({ conclusion: "failure", q: "x" });
    expect(runsParameters({ status: "queued", cursor: "c" })).toEqual({ status: "queued" });
  });

  test("the cursor is no filter", () => expect(activeFilters({ cursor: "c", branch: "main" })).toEqual(["branch"]));
});

describe("view of a run", () => {
  test("numbers and words are read, nonsense is not", () => {
    expect(validateRunSearch(parseSearch("?attempt=2&tab=files&type=image&artifact=77"))).toEqual({
      attempt: 2,
      tab: "files",
      type: "image",
      artifact: 77,
    });
    expect(validateRunSearch(parseSearch("?attempt=-1&tab=secrets&type=exe&artifact=1.5"))).toEqual({});
  });
});

test("two runs can be picked, and a third takes the place of the first", () => {
  expect(togglePick(undefined, 4)).toBe("4");
  expect(togglePick("4", 5)).toBe("4,5");
  expect(togglePick("4,5", 6)).toBe("5,6");
  expect(togglePick("4,5", 4)).toBe("5");
  expect(togglePick("4", 4)).toBeUndefined();
  expect(validateRunsSearch(parseSearch("?pick=4,x,-1,4"))).toEqual({ pick: "4" });
  expect(runsParameters({ pick: "4,5", branch: "main" })).toEqual({ branch: "main" });
});

test("ids are positive whole numbers", () => {
  expect(idOf("17634")).toBe(17634);
  expect([idOf("0"), idOf("-3"), idOf("1e99"), idOf("abc"), idOf("")]).toEqual([null, null, null, null, null]);
});

describe("views of test history", () => {
  test.each([
    ["tests of a run", "?tab=tests&status=failed&suite=cart&novelty=new&report=9&result=9.0&test=4", validateRunSearch],
    ["grid", "?branch=main&view=grid&verdict=flaky&runs=100&green=1&before=abc&cell=2.3", validateWorkflowSearch],
    ["trends", "?view=trends&window=90d&branch=main&as=table", validateWorkflowSearch],
    ["jobs", "?view=jobs&window=7d&sort=critical&job=unit", validateWorkflowSearch],
    ["drawn grid", "?view=grid&order=flips&group=suite&colour=duration&size=s&cell=2.3&pin=1", validateWorkflowSearch],
    ["tests", "?q=cart&verdict=broken&sort=slowness", validateTestsSearch],
    ["history", "?branch=main&variant=node%3D22&workflowId=7&status=failed", validateTestSearch],
    ["failures", "?q=timeout&branch=main&onDefault=1&since=7&sort=runs", validateFailuresSearch],
    ["comparison", "?with=12", validateCompareSearch],
  ] as const)("%s survive reading and writing", (_, address, validate) => {
    const read = validate(parseSearch(address));
    expect(new Set(stringifySearch(read).slice(1).split("&"))).toEqual(new Set(address.slice(1).split("&")));
  });

  test("nonsense is dropped", () => {
    expect(validateRunSearch(parseSearch("?status=purple&novelty=x&report=-1&test=a"))).toEqual({});
    expect(validateWorkflowSearch(parseSearch("?view=list&runs=5000&green=2&verdict=odd"))).toEqual({});
    expect(validateTestsSearch(parseSearch("?sort=colour&verdict="))).toEqual({});
    expect(validateFailuresSearch(parseSearch("?onDefault=yes&since=0&sort=x"))).toEqual({});
    expect(validateCompareSearch(parseSearch("?with=lastGreen"))).toEqual({});
  });
});
