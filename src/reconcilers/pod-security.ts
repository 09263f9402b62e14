/** Pod Security labels, and which of two settings is the stricter (KEP-2579). */
const MODES = ["enforce", "audit", "warn"] as const;
const LEVEL = "restricted";
const PREFIX = "pod-security.kubernetes.io";

/** The label changes that raise a namespace to `restricted` at `version` in every mode; empty when it already stands there or higher. */
export function raisedPodSecurity(
  labels: Readonly<Record<string, string>>,
  version: string,
): Readonly<Record<string, string>> {
  const changes: Record<string, string> = {};
  for (const mode of MODES) {
    const level = `${PREFIX}/${mode}`;
    const pinned = `${PREFIX}/${mode}-version`;
    if (labels[level] !== LEVEL) changes[level] = LEVEL;
    if (!isAtLeast(labels[pinned], version)) changes[pinned] = version;
  }
  return changes;
}

/** The labels of a namespace that Pod Security reads. */
export function podSecurityLabels(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => key.startsWith(`${PREFIX}/`)));
}

/** `latest` and every newer minor are stricter or equal: checks are only ever added to a level. */
function isAtLeast(version: string | undefined, wanted: string): boolean {
  if (version === undefined) return false;
  if (version === "latest") return true;
  const minor = minorOf(version);
  const wantedMinor = minorOf(wanted);
  return minor !== undefined && wantedMinor !== undefined && minor >= wantedMinor;
}

function minorOf(version: string): number | undefined {
  const minor = /^v1\.([0-9]+)$/.exec(version)?.[1];
  return minor === undefined ? undefined : Number(minor);
}
