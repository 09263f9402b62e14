/** What today's version makes of what earlier ones left: the same pods, and no definition that takes less; or it is announced. */

import { describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { CUSTOM_KINDS } from "../../src/crds/custom-kinds.ts";
import { buildCrd, crdNameOf } from "../../src/crds/custom-resource-definition.ts";
import { SECURE_WORKLOAD } from "../../src/crds/group.ts";
import { parseSecureWorkload } from "../../src/crds/v1alpha1/secure-workload.ts";
import { expand } from "../../src/expand/child-kinds.ts";
import { NO_PLATFORM } from "../../src/expand/input.ts";
import { liftedIn } from "../../src/expand/pod-template.ts";
import { standing } from "../../src/expand/standing.ts";
import { compare } from "../../src/plan/compare.ts";
import { formatPath } from "../../src/plan/diff.ts";
import { isInTemplate } from "../../src/plan/pod-template-path.ts";
import { podIdentity } from "../../src/state/pod-identity.ts";
import { shapeWorkload } from "../../src/state/records/workload.ts";
import { type Announced, announced, type RecordedVersion, recordedVersions } from "../support/recorded.ts";
import { tightened } from "../support/schema-changes.ts";

type Definition = Parameters<typeof tightened>[0];

const VERSIONS = recordedVersions();
const ANNOUNCED = announced();

/** Of one workload's controller: where its template differs from what today's version makes of it. */
function templateChanges(controller: KubeObject, { objects }: RecordedVersion): readonly string[] {
  const owner = controller.metadata.ownerReferences?.[0]?.uid;
  const stored = objects.find(({ kind, metadata }) => kind === SECURE_WORKLOAD.kind && metadata.uid === owner);
  if (stored === undefined) throw new Error(`${controller.metadata.name} belongs to no recorded workload`);
  const parsed = parseSecureWorkload(stored);
  const { ref, status } = shapeWorkload(stored);
  if (!parsed.ok || status.podIdentity === undefined) throw new Error(`${ref.name}: ${JSON.stringify(parsed)}`);
  const children = expand({
    workload: ref,
    spec: parsed.value.spec,
    identity: podIdentity(status.podIdentity),
    facts: { dns: undefined, apiServer: undefined, podSecurityVersion: "v1.37" },
    platform: NO_PLATFORM,
    resolved: {
      configs: Object.fromEntries((status.configs ?? []).map(({ name, copy }) => [name, copy])),
      images: {},
      secrets: status.secretVersions,
    },
    lifted: liftedIn(controller),
  });
  const desired = children.find(({ kind }) => kind === controller.kind);
  if (desired === undefined) throw new Error(`${ref.name} is no ${controller.kind} any more`);
  return compare(standing({ object: desired, digest: "" }, controller, true), controller, () => false)
    .filter(({ path }) => isInTemplate(path))
    .map(({ path }) => formatPath(path));
}

const isAnnounced = (change: string, list: readonly Announced[]): boolean =>
  list.some(({ field }) => change.startsWith(field));

const definitionOf = (kind: (typeof CUSTOM_KINDS)[number]): Definition => buildCrd(kind) as unknown as Definition;

const definitionChanges = ({ definitions }: RecordedVersion): readonly string[] =>
  CUSTOM_KINDS.flatMap((kind) => {
    const old = definitions.find(({ metadata }) => metadata.name === crdNameOf(kind.resource));
    const changes = old === undefined ? [] : tightened(old as unknown as Definition, definitionOf(kind));
    return changes.map((change) => `${kind.resource.kind} ${change}`);
  });

describe.each(VERSIONS)("what version $version left", (version) => {
  test("is pods of every type", () => {
    const kinds = new Set(version.controllers.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(["CronJob", "DaemonSet", "Deployment", "Job", "StatefulSet"]);
  });

  test.each(
    version.controllers.map(
      (controller) => [controller.kind, controller.metadata.namespace, controller.metadata.name, controller] as const,
    ),
  )("%s %s/%s keeps its pods, or says why not", (_kind, _namespace, _name, controller) => {
    const silent = templateChanges(controller, version).filter((change) => !isAnnounced(change, ANNOUNCED.templates));
    expect(silent).toEqual([]);
  });

  test("fits today's definitions, or it is said why not", () => {
    expect(definitionChanges(version).filter((change) => !isAnnounced(change, ANNOUNCED.definitions))).toEqual([]);
  });
});

test("nothing is announced that does not happen", () => {
  const templates = VERSIONS.flatMap((version) => version.controllers.flatMap((one) => templateChanges(one, version)));
  const definitions = VERSIONS.flatMap(definitionChanges);
  const idle = (list: readonly Announced[], changes: readonly string[]): readonly Announced[] =>
    list.filter((entry) => !changes.some((change) => isAnnounced(change, [entry])));
  expect([...idle(ANNOUNCED.templates, templates), ...idle(ANNOUNCED.definitions, definitions)]).toEqual([]);
});

describe("a definition that takes less is seen", () => {
  const [kind] = CUSTOM_KINDS;
  /** `field` of the spec with `more` in it, or without the field. */
  const changed = (field: string, more: object | undefined): readonly string[] => {
    if (kind === undefined) throw new Error("there is no kind");
    const now = JSON.parse(JSON.stringify(definitionOf(kind)));
    const { properties } = now.spec.versions[0].schema.openAPIV3Schema.properties.spec;
    properties[field] = more === undefined ? undefined : { ...properties[field], ...more };
    return tightened(definitionOf(kind), now);
  };

  test.each([
    ["image", undefined, "spec.image: is gone"],
    ["replicas", { maximum: 10 }, "spec.replicas: maximum is lower"],
    ["replicas", { minimum: 1 }, "spec.replicas: minimum is higher"],
    ["type", { enum: ["Deployment"] }, "spec.type: StatefulSet is no value of it any more"],
    ["image", { pattern: "^x$" }, "spec.image: pattern is another"],
    ["image", { type: "integer" }, "spec.image: type is another"],
    ["image", { "x-kubernetes-validations": [{ rule: "self != ''" }] }, "spec.image: has the rule self != '' now"],
    ["rollout", { required: ["minReadySeconds"] }, "spec.rollout: needs minReadySeconds now"],
  ])("%s with %j", (field, more, expected) => {
    expect(changed(field, more)).toContain(expected);
  });

  test("and none where nothing changed", () => expect(changed("image", {})).toEqual([]));
});
