/** Keys of labels and annotations, as the platform team lists them: whole ones, or domains with their slash. */
import { listSet, matches, matchesNot, text, withRules } from "../schema.ts";

const KEY =
  "^(([a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?|[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)$";

/** Domains whose keys decide what an object may do, who reaches it, or whether something guards it. */
const DECIDING_DOMAINS =
  "^([-a-z0-9.]*[.])?(palisade[.]dev|kubernetes[.]io|k8s[.]io|istio[.]io|linkerd[.]io|cni[.]cncf[.]io|cilium[.]io|projectcalico[.]org|amazonaws[.]com|iam[.]gke[.]io|azure[.]workload[.]identity|konghq[.]com|nginx[.]org|haproxy[.]org|traefik[.]io)/";

const MAX_KEYS = 64;

const isKey = (field: string) =>
  matches(
    KEY,
    `${field} must be the whole key of a label or annotation, such as example.com/team, or its domain up to the slash, such as example.com/`,
  );
const isHarmless = (field: string) =>
  matchesNot(
    DECIDING_DOMAINS,
    `${field} must not name keys that decide about security or traffic: those of palisade.dev, kubernetes.io, k8s.io, service meshes, network plugins, ingress controllers and cloud identities`,
  );
const described = {
  description: "One key, such as example.com/team, or a domain with its slash, such as example.com/.",
};

/** Keys of any domain, in the field of this name. */
export const metadataKeys = (field: string) =>
  listSet(withRules(text(317, 1), isKey(field)).meta(described), { max: MAX_KEYS });

/** Keys that decide nothing. */
export const harmlessKeys = (field: string) =>
  listSet(withRules(text(317, 1), isKey(field), isHarmless(field)).meta(described), { max: MAX_KEYS });

const decides = new RegExp(DECIDING_DOMAINS);

/** Whether a key decides what an object may do, who reaches it, or whether something guards it. */
export const isDeciding = (key: string): boolean => decides.test(key);
