/** What is wrong of files only together: a SecurityBaseline that cannot be read, and a Service that two workloads choose. Pure. */
import { parseSecureWorkload } from "../crds/v1alpha1/secure-workload.ts";
import { parseSecurityBaseline } from "../crds/v1alpha1/security-baseline.ts";
import { chosenNames } from "../expand/service-names.ts";
import type { Manifest } from "../manifests/parse.ts";
import { nameTakenBy } from "../state/service-names.ts";
import { type Beside, keyIn } from "./input.ts";

/** A sentence for each; the cluster would refuse the baseline, and say the rest in the status of the later workload. */
export const problemsTogether = (workloads: readonly Manifest[], beside: Beside): readonly string[] => [
  ...baselineProblems(beside),
  ...takenServices(workloads, beside),
];

function baselineProblems({ baseline }: Beside): readonly string[] {
  const parsed = baseline === undefined ? undefined : parseSecurityBaseline(baseline);
  if (parsed === undefined || parsed.ok) return [];
  return parsed.errors.map((error) => `SecurityBaseline/cluster: ${error}; until then nothing of it is granted here`);
}

/** Of those that choose one the first has it, as the oldest has it in a cluster; what a workload is called itself is nobody else's to choose. */
function takenServices(workloads: readonly Manifest[], { namespace }: Beside): readonly string[] {
  const holders = new Map(workloads.map(({ object }) => [keyIn(object, namespace), object.metadata.name]));
  return workloads.flatMap(({ object, file, lineOf }) => {
    const parsed = parseSecureWorkload(object);
    if (!parsed.ok) return [];
    const { name: workload, namespace: own = namespace } = object.metadata;
    return chosenNames(workload, parsed.value.spec).flatMap(({ name }) => {
      const key = `${own}/${name}`;
      const holder = holders.get(key) ?? workload;
      holders.set(key, holder);
      return holder === workload
        ? []
        : [`${file}:${lineOf([])} SecureWorkload/${workload}: ${nameTakenBy(name, holder)}`];
    });
  });
}
