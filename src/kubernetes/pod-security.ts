/** Pod Security labels, and which of two settings is the stricter (KEP-2579). */
export const MODES = ["enforce", "audit", "warn"] as const;
type Mode = (typeof MODES)[number];
/** Tell, and refuse nothing. */
export const TELLING_MODES: readonly Mode[] = ["audit", "warn"];
const LEVEL = "restricted";

/** Whether a label sets one of {@link TELLING_MODES}, or its version. */
export const isTelling = (label: string): boolean =>
  TELLING_MODES.some((mode) => label === `${PREFIX}/${mode}` || label === `${PREFIX}/${mode}-version`);

/** What SecurityExceptions may need; never `privileged`. */
export type PodSecurityLevel = "restricted" | "baseline";

const PREFIX = "pod-security.kubernetes.io";

/**
 * Pod Security labels of a namespace, of every mode unless told, at `restricted`, `enforce` at the `enforced` level that exceptions need,
 * and at `version` at least; a version that stands higher stays.
 */
export function securedLabels(
  labels: Readonly<Record<string, string>>,
  version: string,
  { modes = MODES, enforced = LEVEL }: { readonly modes?: readonly Mode[]; readonly enforced?: PodSecurityLevel } = {},
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    modes.flatMap((mode) => {
      const pinned = `${PREFIX}/${mode}-version`;
      const current = labels[pinned];
      return [
        [`${PREFIX}/${mode}`, mode === "enforce" ? enforced : LEVEL] as const,
        [pinned, current !== undefined && isAtLeast(current, version) ? current : version] as const,
      ];
    }),
  );
}

/** The level that a namespace enforces, as far as exceptions know of it. */
export const enforcedLevel = (labels: Readonly<Record<string, string>>): string | undefined =>
  labels[`${PREFIX}/enforce`];

/** Whether the level that is enforced is all that is not as it must be. */
export const isOnlyLevel = (names: readonly string[]): boolean => names.every((name) => name === `${PREFIX}/enforce`);

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
