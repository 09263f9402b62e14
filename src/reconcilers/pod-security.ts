/** Pod Security labels, and which of two settings is the stricter (KEP-2579). */
const MODES = ["enforce", "audit", "warn"] as const;
const LEVEL = "restricted";
const PREFIX = "pod-security.kubernetes.io";

/** Every Pod Security label of a namespace that stands at `restricted` and `version` at least; what stands higher stays. */
export function securedLabels(
  labels: Readonly<Record<string, string>>,
  version: string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    MODES.flatMap((mode) => {
      const pinned = `${PREFIX}/${mode}-version`;
      const current = labels[pinned];
      return [
        [`${PREFIX}/${mode}`, LEVEL] as const,
        [pinned, current !== undefined && isAtLeast(current, version) ? current : version] as const,
      ];
    }),
  );
}

/** The names of the labels that are not as {@link securedLabels} has them. */
export function loweredLabels(labels: Readonly<Record<string, string>>, version: string): readonly string[] {
  return Object.entries(securedLabels(labels, version)).flatMap(([name, value]) =>
    labels[name] === value ? [] : [name],
  );
}

/** The labels of a namespace that Pod Security reads. */
export function podSecurityLabels(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => key.startsWith(`${PREFIX}/`)));
}

/** `latest` and every newer minor are stricter or equal: checks are only ever added to a level. */
function isAtLeast(version: string, wanted: string): boolean {
  if (version === "latest") return true;
  const minor = minorOf(version);
  const wantedMinor = minorOf(wanted);
  return minor !== undefined && wantedMinor !== undefined && minor >= wantedMinor;
}

function minorOf(version: string): number | undefined {
  const minor = /^v1\.([0-9]+)$/.exec(version)?.[1];
  return minor === undefined ? undefined : Number(minor);
}
