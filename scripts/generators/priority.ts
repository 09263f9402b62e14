import { PRIORITIES } from "../../src/crds/v1alpha1/priority.ts";
import { installedFile } from "./generated-file.ts";

/** None is the cluster's default, and none preempts: what a workload chooses must not touch the pods of others. */
const priorityClasses = () =>
  Object.values(PRIORITIES).map(({ className, value, description }) => ({
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: { name: className },
    value,
    globalDefault: false,
    preemptionPolicy: "Never",
    description,
  }));

export const priorityFiles = installedFile("priority/classes.yaml", "priority.yaml", priorityClasses);
