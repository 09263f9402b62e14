/** What answers and is no whole API server: nobody could look, and nothing of it counts as clean. */
import { mkdtempSync, rmSync } from "node:fs";
import type { RequestListener, Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { serveAtDesk, stopServing, typeAtDesk } from "../../../test/support/desk.ts";

let folder: string;
let server: Server;
let answer: RequestListener;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "palisade-audit-live-"));
  server = await serveAtDesk(join(folder, "kubeconfig"), (request, response) => answer(request, response));
});

afterEach(async () => {
  await stopServing(server);
  rmSync(folder, { recursive: true });
});

const GROUPS = { kind: "APIGroupList", groups: [{ name: "apps" }, { name: "palisade.dev" }] };
const list = (items: unknown) => ({ kind: "List", apiVersion: "v1", metadata: {}, items });
const status = (code: number, reason: string) => ({ kind: "Status", status: "Failure", message: reason, reason, code });

/** Answers lists, and what every client asks first. */
const serving =
  (code: number, body: object): RequestListener =>
  ({ url }, response) => {
    const first = url === "/version" ? { major: "1", minor: "37" } : url === "/apis" ? GROUPS : undefined;
    response.writeHead(first === undefined ? code : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(first ?? body));
  };

/** Breaks off in the middle of the pods. */
const half: RequestListener = (request, response) => {
  if (!(request.url ?? "").startsWith("/api/v1/pods")) {
    serving(200, list([]))(request, response);
    return;
  }
  response.writeHead(200, { "content-type": "application/json", "content-length": "10000" });
  response.write('{"kind":"PodList","items":[{"met', () => response.destroy());
};

const typed = (...words: readonly string[]) => typeAtDesk([...words, "--kubeconfig", join(folder, "kubeconfig")]);

describe.each([["audit"], ["report"]] as const)("palisade %s", (command) => {
  test.each([
    ["that lists nothing at all", serving(200, list([])), /it is no API server of a cluster/],
    ["whose lists are none", serving(200, list(null)), /it is no API server of a cluster/],
    ["that does not know who asks", serving(401, status(401, "Unauthorized")), /401 Unauthorized/],
    ["that fails", serving(500, status(500, "InternalError")), /500 InternalError/],
    ["that breaks off", half, /GET \/api\/v1\/pods: /],
  ] as const)("could not look at one %s", async (_, listener, expected) => {
    answer = listener;
    const { code, stderr } = await typed(command, ...(command === "report" ? [join(folder, "page.html")] : []));
    expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringMatching(expected) });
  });

  test("gives up on one that says nothing", async () => {
    answer = () => {};
    const { code, stderr } = await typed(command, "--timeout", "1");
    expect({ code, stderr }).toEqual({ code: 124, stderr: expect.stringContaining("no answer within 1 s") });
  });
});
