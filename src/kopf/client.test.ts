import { ApiError } from "./api-error.ts";
import { createClient } from "./client.ts";
import type { KubeObject } from "./object.ts";
import type { Resource } from "./resource.ts";
import type { ApiRequest, Transport } from "./transport-types.ts";

const ROLE: Resource = {
  group: "rbac.authorization.k8s.io",
  version: "v1",
  kind: "Role",
  plural: "roles",
  namespaced: true,
};
const ROOT = "/apis/rbac.authorization.k8s.io/v1/namespaces/shop/roles";
const role: KubeObject = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "Role",
  metadata: { namespace: "shop", name: "system:Reader", resourceVersion: "7" },
  fieldNewerThanThisLibrary: true,
};

function recording(...answers: readonly unknown[]) {
  const sent: ApiRequest[] = [];
  const left = [...answers];
  const transport: Transport = {
    request: async <T>(request: ApiRequest): Promise<T> => {
      sent.push(request);
      const answer = left.shift();
      if (answer instanceof Error) throw answer;
      return answer as T;
    },
    watch: () => {
      throw new Error("not here");
    },
    withAbort: () => transport,
    close: async () => {},
  };
  return { client: createClient(transport, "palisade"), sent };
}

const strict = { fieldManager: "palisade", fieldValidation: "Strict" };
const failing = (status: number, reason?: string) => new ApiError("no", { status, reason });

test("keeps capitals and fields it does not know", async () => {
  const { client, sent } = recording(role, role);
  expect(await client.get(ROLE, role.metadata)).toBe(role);
  await client.replace(ROLE, role);
  expect(sent[0]).toMatchObject({ method: "GET", path: `${ROOT}/system%3AReader` });
  expect(sent[1]).toMatchObject({ method: "PUT", path: `${ROOT}/system%3AReader`, query: strict, body: role });
});

test("names its field manager and refuses unknown fields on every write of a whole object", async () => {
  const { client, sent } = recording();
  await client.create(ROLE, role, { dryRun: true });
  await client.apply(ROLE, role);
  await client.apply(ROLE, role, { force: false, subresource: "status" });
  expect(sent).toMatchObject([
    { method: "POST", path: ROOT, query: { ...strict, dryRun: "All" } },
    {
      method: "PATCH",
      path: `${ROOT}/system%3AReader`,
      query: { ...strict, force: true },
      contentType: "application/apply-patch+yaml",
    },
    { path: `${ROOT}/system%3AReader/status`, query: { force: false } },
  ]);
});

test.each([
  { type: "merge", contentType: "application/merge-patch+json" },
  { type: "json", contentType: "application/json-patch+json" },
  { type: "strategic", contentType: "application/strategic-merge-patch+json" },
] as const)("sends a $type patch as what it is", async ({ type, contentType }) => {
  const { client, sent } = recording();
  await client.patch(ROLE, role.metadata, [], { type });
  expect(sent[0]).toMatchObject({ method: "PATCH", contentType, query: { fieldManager: "palisade" } });
});

test("a missing object is undefined to get and false to delete; other refusals are thrown", async () => {
  const { client } = recording(
    failing(404, "NotFound"),
    failing(404, "NotFound"),
    failing(403),
    failing(409, "Conflict"),
  );
  expect(await client.get(ROLE, role.metadata)).toBeUndefined();
  expect(await client.delete(ROLE, role.metadata)).toBe(false);
  await expect(client.get(ROLE, role.metadata)).rejects.toThrow(ApiError);
  await expect(client.delete(ROLE, role.metadata, { uid: "1" })).rejects.toThrow(ApiError);
});

test("deletes in the background, and only the object that is meant", async () => {
  const { client, sent } = recording({});
  expect(await client.delete(ROLE, role.metadata, { uid: "1", gracePeriodSeconds: 0 })).toBe(true);
  expect(sent[0]?.body).toMatchObject({
    propagationPolicy: "Background",
    preconditions: { uid: "1" },
    gracePeriodSeconds: 0,
  });
});

test("a deletion is tried by its options, which are all that the API server looks at", async () => {
  const { client, sent } = recording({}, {});
  await client.delete(ROLE, role.metadata, { dryRun: true });
  await client.delete(ROLE, role.metadata);
  expect(sent.map(({ body }) => (body as { readonly dryRun?: unknown }).dryRun)).toEqual([["All"], undefined]);
});

test("lists every page of one snapshot, and says what each item is", async () => {
  const page = (items: readonly object[] | null, next: string) => ({
    items,
    metadata: { resourceVersion: "9", continue: next },
  });
  const { client, sent } = recording(
    page([{ metadata: { name: "a" } }], "more"),
    page([{ metadata: { name: "b" } }], ""),
  );
  const { items, resourceVersion } = await client.list(ROLE, { namespace: "shop", labelSelector: "a=b" });
  expect(resourceVersion).toBe("9");
  expect(items).toEqual(["a", "b"].map((name) => ({ apiVersion: role.apiVersion, kind: "Role", metadata: { name } })));
  expect(sent.map(({ query }) => query?.continue)).toEqual([undefined, "more"]);
  expect(sent[1]?.query).toMatchObject({ limit: 500, labelSelector: "a=b" });
  expect(sent[0]?.query?.resourceVersion).toBeUndefined();
});

test("an empty list may come as null", async () => {
  const { client } = recording({ items: null, metadata: { resourceVersion: "1" } });
  expect((await client.list(ROLE)).items).toEqual([]);
});
