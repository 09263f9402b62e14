/**
 * When upstream support of versions ends, by day. A version that is not in a table is unknown where it is newer than the table, and out of support where it is older.
 * Distributions may support theirs for longer, which their version's suffix shows. Kubernetes: its release pages; containerd: its RELEASES.md. Pure.
 */

/** `major.minor` to the last day, the oldest first. */
type Table = Readonly<Record<string, string>>;

export const KUBERNETES_ENDS: Table = {
  "1.31": "2025-10-28",
  "1.32": "2026-02-28",
  "1.33": "2026-06-28",
  "1.34": "2026-10-27",
  "1.35": "2027-02-28",
  "1.36": "2027-06-28",
};

export const CONTAINERD_ENDS: Table = {
  "1.6": "2025-08-23",
  "1.7": "2026-09-30",
  "2.0": "2025-11-07",
  "2.1": "2026-05-05",
  "2.2": "2026-11-06",
  "2.3": "2028-04-27",
};

export interface Version {
  readonly major: number;
  readonly minor: number;
}

const VERSION = /^v?(\d{1,4})\.(\d{1,4})(?:[.+-]|$)/;

export function versionIn(text: string): Version | undefined {
  const [, major, minor] = VERSION.exec(text) ?? [];
  return major === undefined || minor === undefined ? undefined : { major: Number(major), minor: Number(minor) };
}

/** The day on which support ended; undefined while it lasts, and where that is not known. */
export function endedOn(table: Table, version: Version, nowMs: number): string | undefined {
  const day = table[`${version.major}.${version.minor}`];
  if (day !== undefined) return Date.parse(day) + DAY_MS <= nowMs ? day : undefined;
  const [oldest = ""] = Object.keys(table);
  const first = versionIn(oldest);
  return first !== undefined && isBefore(version, first) ? `${table[oldest] ?? ""} or earlier` : undefined;
}

const DAY_MS = 86_400_000;

const isBefore = (a: Version, b: Version): boolean => a.major < b.major || (a.major === b.major && a.minor < b.minor);

/** Kubelets are at most three minor versions older than the API server (KEP-3935), and never newer. */
const MAX_SKEW = 3;

export function skewOf(kubelet: Version, server: Version): string | undefined {
  if (kubelet.major !== server.major) return `kubelet ${said(kubelet)} beside an API server ${said(server)}`;
  const behind = server.minor - kubelet.minor;
  if (behind < 0) return `kubelet ${said(kubelet)} is newer than the API server ${said(server)}`;
  return behind > MAX_SKEW ? `kubelet ${said(kubelet)} is ${behind} minor versions behind the API server` : undefined;
}

const said = ({ major, minor }: Version): string => `${major}.${minor}`;
