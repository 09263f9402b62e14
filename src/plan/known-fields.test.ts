import { describe, expect, test } from "@jest/globals";
import { isKnownField } from "./known-fields.ts";

const podField = (...path: readonly string[]): readonly string[] => ["spec", "template", "spec", ...path];

describe("a field", () => {
  test.each([
    { kind: "Deployment", path: podField("hostNetwork"), known: true },
    { kind: "Deployment", path: podField("containers", "[name=web]", "env", "[0]", "valueFrom"), known: true },
    { kind: "CronJob", path: ["spec", "jobTemplate", "spec", "template", "spec", "hostPID"], known: true },
    { kind: "StatefulSet", path: ["spec", "volumeClaimTemplates", "[name=data]", "status", "phase"], known: true },
    { kind: "Deployment", path: podField("brandNewField"), known: false },
    { kind: "Deployment", path: podField("replicas"), known: false },
    { kind: "Deployment", path: podField("hostNetwork", "deeper"), known: false },
    { kind: "Deployment", path: podField("securityContext", "sysctls", "[0]", "brandNew"), known: false },
    { kind: "ConfigMap", path: ["data", "key"], known: false },
    { kind: "Deployment", path: [], known: false },
    { kind: "ScaledObject", path: ["spec", "cooldownPeriod"], known: true },
    { kind: "ScaledObject", path: ["spec", "brandNewField"], known: false },
    { kind: "NetworkPolicy", path: ["spec", "egress", "[0]", "notNets"], known: true },
    { kind: "NetworkPolicy", path: ["spec", "podSelector", "matchLabels"], known: true },
    { kind: "Service", path: ["spec", "cooldownPeriod"], known: false },
    { kind: "Unheard", path: ["spec", "hostNetwork"], known: true },
    { kind: "Unheard", path: [], known: false },
  ])("$path of a $kind is known: $known", ({ kind, path, known }) => {
    expect(isKnownField(kind, path)).toBe(known);
  });
});
