/** The programs in Go that tests ask, all but those of a node. */
import { promtoolBinary } from "../alerts/promtool.ts";
import { kubernetesBinary } from "../cluster/binary.ts";
import { toStderr } from "../cluster/build-progress.ts";
import { gitopsJudgeBinary } from "./gitops-judge.ts";
import { HELM_VERSIONS, helmBinary } from "./helm.ts";
import { imageJudgeBinary } from "./image-judge.ts";
import { policyEvaluatorBinary } from "./policy-evaluator.ts";
import { registryBinary } from "./registry.ts";

/** Kubernetes first: most of the others are made of its packages too. */
const PROGRAMS = [
  () => kubernetesBinary(toStderr),
  policyEvaluatorBinary,
  registryBinary,
  imageJudgeBinary,
  gitopsJudgeBinary,
  ...HELM_VERSIONS.map((version) => () => helmBinary(version)),
  promtoolBinary,
];

/** Builds those that are not in the cache, one at a time, since each build uses all cores; no test has to wait for one then. */
export async function buildPrograms(): Promise<void> {
  for (const build of PROGRAMS) await build();
}
