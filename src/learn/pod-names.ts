/** Who runs a pod, by the name that its controller gave it. Pure. */

/** Letters of which Kubernetes makes names: no vowels, and nothing that looks like another (k8s.io/apimachinery/pkg/util/rand). */
const SAFE = "[bcdfghjklmnpqrstvwxz2456789]";

const MADE: readonly RegExp[] = [
  // Deployments: the hash of the template, which no zero or vowel is in, then the pod.
  new RegExp(`-${SAFE}{6,10}-${SAFE}{5}$`),
  // CronJobs: minutes since 1970, then the pod.
  new RegExp(`-\\d{8,10}-${SAFE}{5}$`),
  // DaemonSets and Jobs.
  new RegExp(`-${SAFE}{5}$`),
  // StatefulSets.
  /-\d{1,4}$/,
];

export function runnerOfName(pod: string): string {
  const made = MADE.find((shape) => shape.test(pod));
  return made === undefined ? pod : pod.replace(made, "");
}

/** Of `generateName`, with a star for what is random: `web-7d9f8b6c5-*`. */
export function runnerOfPattern(pattern: string): string {
  const stem = pattern.replace(/-?\*$/, "");
  if (stem === pattern) return runnerOfName(pattern);
  return stem.replace(new RegExp(`-(${SAFE}{6,10}|\\d{8,10})$`), "");
}
