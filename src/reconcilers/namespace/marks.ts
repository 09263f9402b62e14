/** What a namespace must say: to Pod Security, and to admission policies that know nothing else of the cluster (ADR 0013). */
import {
  ENROLMENT_LABEL,
  SECRET_WRITERS_ANNOTATION,
  SECRETS_LIST_ANNOTATION,
  WORKLOADS_ANNOTATION,
} from "../../crds/group.ts";
import { type Enrolment, labelOfEnrolment } from "../../crds/v1alpha1/enrolment.ts";
import { MODES, securedLabels, TELLING_MODES } from "../pod-security.ts";
import type { NamespaceRecord } from "../records.ts";
import { namedSecrets } from "../secure-workload/resources/configs.ts";
import type { World } from "../world.ts";
import { nameList } from "./name-list.ts";

type Marks = Readonly<Record<string, string>>;

/** What closes the namespace: asked for in every pass of each of its workloads, so it looks at none of them. */
export function labelsFor(namespace: string, { podSecurity }: NamespaceRecord, state: Enrolment, world: World): Marks {
  const version = world.facts().podSecurityVersion;
  const modes = state === "Observing" ? TELLING_MODES : MODES;
  const enforced = world.exceptions.podSecurityLevel(namespace);
  return { ...securedLabels(podSecurity, version, { modes, enforced }), [ENROLMENT_LABEL]: labelOfEnrolment(state) };
}

/** The lists as annotations; one that is empty is absent. */
export function listsFor(namespace: string, world: World): Marks {
  const workloads = world.workloadsIn(namespace);
  const secrets = workloads.flatMap(({ spec }) => (spec === undefined ? [] : namedSecrets(spec)));
  const lists = {
    [WORKLOADS_ANNOTATION]: nameList(workloads.map(({ ref }) => ref.name)),
    [SECRETS_LIST_ANNOTATION]: nameList(secrets),
    [SECRET_WRITERS_ANNOTATION]: nameList(world.granted.secretWriters(namespace)),
  };
  return Object.fromEntries(Object.entries(lists).flatMap(([key, list]) => (list === undefined ? [] : [[key, list]])));
}

const LISTS = [WORKLOADS_ANNOTATION, SECRETS_LIST_ANNOTATION, SECRET_WRITERS_ANNOTATION];

/** The names of the labels that are not as they must be: these close the namespace. */
export const missingLabels = ({ podSecurity, marks }: NamespaceRecord, labels: Marks): readonly string[] =>
  Object.entries(labels).flatMap(([name, value]) => ((podSecurity[name] ?? marks[name]) === value ? [] : [name]));

/** The lists that are behind, or were changed. */
export const staleLists = ({ marks }: NamespaceRecord, annotations: Marks): readonly string[] =>
  LISTS.filter((name) => marks[name] !== annotations[name]);
