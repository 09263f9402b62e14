/**
 * When the Secrets that a workload names last changed: where the platform team granted it, a change rolls the pods. Versions
 * alone are asked for, as metadata (`PartialObjectMetadata`): the content of a Secret never reaches this process.
 */
import { isForbidden, isNotFound } from "../kopf/api-error.ts";
import { hashOf } from "../kopf/causes.ts";
import type { Client } from "../kopf/client.ts";
import { pathOf } from "../kopf/resource.ts";
import type { WorkloadRecord } from "./records.ts";
import { SECRET } from "./secure-workload/resources/kinds.ts";

const METADATA_ONLY = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

interface Metadata {
  readonly metadata: { readonly uid?: string; readonly resourceVersion?: string };
}

export class SecretVersions {
  /** Workload uid, to the digest of the versions of its Secrets. */
  readonly #digests = new Map<string, string>();

  /** The digest as it was last found, by this process or the one before it; undefined where it never was. */
  of({ ref, status }: WorkloadRecord): string | undefined {
    return this.#digests.get(ref.uid) ?? status.secretVersions;
  }

  /** Looks the versions up; false where the operator may not. A Secret that is not there yet has a version too: none. */
  async lookUp(
    { ref }: WorkloadRecord,
    names: readonly string[],
    client: Client,
    signal: AbortSignal,
  ): Promise<boolean> {
    try {
      const versions = await Promise.all(
        names.map(async (name) => [name, await versionOf(client, { namespace: ref.namespace, name }, signal)] as const),
      );
      this.#digests.set(ref.uid, hashOf(versions));
      return true;
    } catch (error) {
      if (isForbidden(error)) return false;
      throw error;
    }
  }

  forget(uid: string): void {
    this.#digests.delete(uid);
  }
}

async function versionOf(
  client: Client,
  name: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<string> {
  const path = pathOf(SECRET, name);
  try {
    const { metadata } = await client.transport.request<Metadata>({
      method: "GET",
      path,
      accept: METADATA_ONLY,
      signal,
    });
    return `${metadata.uid}/${metadata.resourceVersion}`;
  } catch (error) {
    if (isNotFound(error)) return "";
    throw error;
  }
}
