import { expect, test } from "@jest/globals";
import { anInput } from "../../test/support/expand-input.ts";
import { aWorkload } from "../../test/support/workloads.ts";
import type { Identity } from "../crds/v1alpha1/identity.ts";
import { parseSecureWorkload, type SecureWorkloadSpec } from "../crds/v1alpha1/secure-workload.ts";
import { grantedIdentity, identityAnnotations, identityEgress, identityPodLabels } from "./cloud-identity.ts";
import { type CloudIdentity, NO_PLATFORM } from "./input.ts";
import { buildServiceAccount } from "./service-account.ts";

const ROLE = "arn:aws:iam::111122223333:role/shop-web";
const ACCOUNT = "web-01@my-project.iam.gserviceaccount.com";
const CLIENT = "01234567-89ab-cdef-0123-456789abcdef";

function specOf(more: object): SecureWorkloadSpec {
  const parsed = parseSecureWorkload(aWorkload("web", "shop", more));
  if (!parsed.ok) throw new Error(parsed.errors.join("; "));
  return parsed.value.spec;
}

const asking = (identity: Identity | undefined, ...identities: readonly CloudIdentity[]) => ({
  spec: specOf(identity === undefined ? {} : { identity }),
  platform: { ...NO_PLATFORM, identities },
});

const AWS = { aws: { roleArn: ROLE } };
const GCP = { gcp: { serviceAccount: ACCOUNT } };
const AZURE = { azure: { clientId: CLIENT } };

test("an identity is taken on only when exactly it is granted, of the same cloud", () => {
  expect(grantedIdentity(asking(AWS, { provider: "AWS", name: ROLE }))).toEqual(AWS);
  expect(grantedIdentity(asking(AWS))).toBeUndefined();
  expect(grantedIdentity(asking(AWS, { provider: "AWS", name: `${ROLE}-admin` }))).toBeUndefined();
  expect(grantedIdentity(asking(AWS, { provider: "Azure", name: ROLE }))).toBeUndefined();
  expect(grantedIdentity(asking(undefined, { provider: "AWS", name: ROLE }))).toBeUndefined();
});

test.each([AWS, GCP, AZURE])("without the grant %j adds nothing", (identity) => {
  expect(identityAnnotations(asking(identity))).toEqual({});
  expect(identityPodLabels(asking(identity))).toEqual({});
  expect(identityEgress(asking(identity))).toEqual([]);
});

test("only Azure labels pods, and only Google opens a way, never to the node's own metadata server", () => {
  expect(identityPodLabels(asking(AZURE, { provider: "Azure", name: CLIENT }))).toEqual({
    "azure.workload.identity/use": "true",
  });
  expect(identityPodLabels(asking(AWS, { provider: "AWS", name: ROLE }))).toEqual({});
  const open = JSON.stringify(identityEgress(asking(GCP, { provider: "GCP", name: ACCOUNT })));
  expect(open).toContain("169.254.169.252/32");
  expect(open).not.toContain("169.254.169.254");
  expect(identityEgress(asking(AWS, { provider: "AWS", name: ROLE }))).toEqual([]);
});

test("a granted identity annotates the ServiceAccount with all that its cloud reads, and nothing else of it changes", () => {
  const tenantId = "fedcba98-7654-3210-fedc-ba9876543210";
  const aws = identityAnnotations(asking(AWS, { provider: "AWS", name: ROLE }));
  expect(aws).toMatchObject({ "eks.amazonaws.com/role-arn": ROLE, "eks.amazonaws.com/token-expiration": "3600" });
  expect(identityAnnotations(asking(GCP, { provider: "GCP", name: ACCOUNT }))).toEqual({
    "iam.gke.io/gcp-service-account": ACCOUNT,
  });
  const azure = { "azure.workload.identity/client-id": CLIENT };
  const granted = { provider: "Azure", name: CLIENT } as const;
  expect(identityAnnotations(asking(AZURE, granted))).toMatchObject(azure);
  expect(identityAnnotations(asking({ azure: { clientId: CLIENT, tenantId } }, granted))).toMatchObject({
    ...azure,
    "azure.workload.identity/tenant-id": tenantId,
  });

  const platform = { ...NO_PLATFORM, identities: [{ provider: "AWS", name: ROLE }] as const };
  const bare = buildServiceAccount(anInput({ identity: AWS }));
  const account = buildServiceAccount(anInput({ identity: AWS }, { platform }));
  expect(bare.metadata.annotations).toBeUndefined();
  expect(account).toEqual({ ...bare, metadata: { ...bare.metadata, annotations: aws } });
});
