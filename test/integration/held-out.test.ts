/** What convert makes of applications is taken by the API server, or convert has said which field is not. */
import { describe, expect, test } from "@jest/globals";
import { heldOut } from "../support/held-out.ts";
import { useCluster } from "../support/use-palisade.ts";

const NAMESPACE = "default";
const { cluster } = useCluster({});

const WORKLOADS = heldOut().flatMap(({ file, conversion }) =>
  conversion.workloads.map(({ object, decisions }) => ({ file, name: object.metadata.name, object, decisions })),
);

describe("a converted workload", () => {
  test.each(WORKLOADS)("$file: $name", async ({ object, decisions }) => {
    const input = { ...object, metadata: { ...object.metadata, namespace: NAMESPACE } };
    const dryRun = ["create", "--dry-run=server", "--validate=strict", "-f", "-"];
    const { code, stderr } = await cluster.kubectl(dryRun, { input: JSON.stringify(input) });
    const isSaid = decisions.some(
      (line) => line.startsWith("would be refused: ") || /image.*has no version/.test(line),
    );
    expect({ stderr: isSaid ? "" : stderr, code: isSaid ? 0 : code }).toEqual({ stderr: "", code: 0 });
  });
});
