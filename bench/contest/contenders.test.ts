import { expect, test } from "@jest/globals";
import { countsIn } from "./contenders.ts";

const METRICS = `
# HELP rest_client_requests_total Requests.
rest_client_requests_total{code="200",host="127.0.0.1:1",method="GET"} 7
rest_client_requests_total{code="201",host="127.0.0.1:1",method="POST"} 5
rest_client_requests_total{code="200",host="127.0.0.1:1",method="PUT"} 3
workqueue_adds_total{controller="secureworkload",name="secureworkload"} 12
workqueue_adds_total{controller="namespace",name="namespace"} 100
workqueue_depth{controller="secureworkload",name="secureworkload",priority="0"} 1
controller_runtime_active_workers{controller="secureworkload"} 2
palisade_drift_corrections_total{case="21"} 4
`;

test("requests, work and corrections are read from what either operator serves", () => {
  expect(countsIn(METRICS, "secureworkload")).toEqual({ reads: 7, writes: 8, adds: 12, waiting: 3, corrections: 4 });
});

test("what is not served counts as nothing", () => {
  expect(countsIn("", "secureworkload")).toEqual({ reads: 0, writes: 0, adds: 0, waiting: 0, corrections: 0 });
});
