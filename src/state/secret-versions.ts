/**
 * When the Secrets that a workload names last changed: where the platform team granted it, a change rolls the pods. Versions
 * alone are asked for, as metadata (`PartialObjectMetadata`): the content of a Secret never reaches this process.
 */
import { type Client, hashOf, isForbidden, isNotFound, pathOf } from "kopf-ts";
import { SECRET } from "../kubernetes/kinds.ts";
import type { Memory } from "./memory.ts";
import type { WorkloadRecord } from "./records/workload.ts";

const METADATA_ONLY = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

interface Metadata {
  readonly metadata: { readonly uid?: string; readonly resourceVersion?: string };
}

export class SecretVersions {
  readonly #memory: Memory;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  /** The digest as it was last found, by this process or the one before it; undefined where it never was. */
  of(workload: WorkloadRecord): string | undefined {
    return this.#memory.of(workload).term.secretVersions ?? workload.status.secretVersions;
  }

  /** Looks the versions up; false where the operator may not. A Secret that is not there yet has a version too: none. */
  async lookUp(
    workload: WorkloadRecord,
    names: readonly string[],
    client: Client,
    signal: AbortSignal,
  ): Promise<boolean> {
    try {
      const versions = await Promise.all(
        names.map(
          async (name) => [name, await versionOf(client, { namespace: workload.ref.namespace, name }, signal)] as const,
        ),
      );
      this.#memory.of(workload).term.secretVersions = hashOf(versions);
      return true;
    } catch (error) {
      if (isForbidden(error)) return false;
      throw error;
    }
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
