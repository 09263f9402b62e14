import { FencedError, fenceWrites } from "./fence.ts";
import type { ApiRequest, Transport } from "./transport-types.ts";

function aTransport(): { readonly transport: Transport; readonly sent: string[] } {
  const sent: string[] = [];
  const transport: Transport = {
    request: async <T>({ method, path }: ApiRequest): Promise<T> => {
      sent.push(`${method} ${path}`);
      return {} as T;
    },
    async *watch() {},
    withAbort: () => transport,
    close: async () => {},
  };
  return { transport, sent };
}

test("a write passes while it may, and from then on never reaches the server", async () => {
  const { transport, sent } = aTransport();
  let leads = true;
  const fenced = fenceWrites(transport, () => leads).withAbort(new AbortController().signal);
  await fenced.request({ method: "PUT", path: "/a" });
  leads = false;
  for (const method of ["POST", "PUT", "PATCH", "DELETE"] as const) {
    await expect(fenced.request({ method, path: "/b" })).rejects.toThrow(FencedError);
  }
  expect(sent).toEqual(["PUT /a"]);
});

test("reads and dry runs change nothing and pass", async () => {
  const { transport, sent } = aTransport();
  const fenced = fenceWrites(transport, () => false);
  await fenced.request({ method: "GET", path: "/a" });
  await fenced.request({ method: "PATCH", path: "/b", query: { dryRun: "All" } });
  expect(sent).toEqual(["GET /a", "PATCH /b"]);
});
