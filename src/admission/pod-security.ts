/** Pod Security labels as admission compares them: what stands on a namespace may be raised by everybody, and lowered by nobody. */
import { all, any, celText } from "../policies/cel.ts";

const MODES = ["enforce", "audit", "warn"] as const;
const PREFIX = "pod-security.kubernetes.io";

/** From the widest to the narrowest; a level that is not set comes before all of them. */
const RANK = "['privileged', 'baseline', 'restricted']";

const at = (labels: string, key: string): string => `${labels}[?${celText(key)}].orValue('')`;
const isMinor = (version: string): string => `${version}.matches('^v1[.][0-9]{1,4}$')`;
const minor = (version: string): string => `int(${version}.substring(3))`;

const levelStands = (labels: string, oldLabels: string, mode: string): string => {
  const key = `${PREFIX}/${mode}`;
  return `${RANK}.indexOf(${at(labels, key)}) >= ${RANK}.indexOf(${at(oldLabels, key)})`;
};

/** Where no version is set the latest counts. */
const versionStands = (labels: string, oldLabels: string, mode: string): string => {
  const now = at(labels, `${PREFIX}/${mode}-version`);
  const before = at(oldLabels, `${PREFIX}/${mode}-version`);
  return any(
    `${now} == ${before}`,
    `${now} == 'latest'`,
    all(isMinor(now), isMinor(before), `${minor(now)} >= ${minor(before)}`),
  );
};

/** Whether no level and no version is lower than it was. */
export const podSecurityStands = (labels: string, oldLabels: string): string =>
  all(
    ...MODES.map((mode) => levelStands(labels, oldLabels, mode)),
    ...MODES.map((mode) => versionStands(labels, oldLabels, mode)),
  );

/** The same where a version that is not set may be pinned, which is what the operator does. */
export const podSecurityStandsOrIsPinned = (labels: string, oldLabels: string): string =>
  all(
    ...MODES.map((mode) => levelStands(labels, oldLabels, mode)),
    ...MODES.map((mode) =>
      any(`${at(oldLabels, `${PREFIX}/${mode}-version`)} == ''`, versionStands(labels, oldLabels, mode)),
    ),
  );
