/** An operator in thirty lines: for every ConfigMap labelled `greet`, a second one that greets it, and none when it goes. */
import {
  createOperator,
  createTransport,
  defaultConnection,
  PRESENT,
  type Resource,
  ResourceHandlers,
} from "../index.ts";

const CONFIG_MAP: Resource = { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true };
const GREETED = { labels: { greet: PRESENT } } as const;

export async function runGreeter(
  connection = defaultConnection(),
  signal = new AbortController().signal,
): Promise<void> {
  const operator = createOperator({ name: "greeter.example", transport: createTransport(await connection) });
  new ResourceHandlers(operator, CONFIG_MAP, { name: "greeter.example" })
    .field(
      "data.name",
      "greet",
      async ({ object, name, namespace = "", client, event }) => {
        const { name: whom } = object["data"] as { name: string };
        const metadata = { name: `${name}-greeting`, namespace };
        await client.apply(CONFIG_MAP, {
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata,
          data: { text: `Hello ${whom}` },
        });
        event("Normal", "Greeted", "the greeting was written");
      },
      GREETED,
    )
    .on(
      "delete",
      "part",
      async ({ name, namespace = "", client }) => {
        await client.delete(CONFIG_MAP, { namespace, name: `${name}-greeting` });
      },
      GREETED,
    );
  await operator.run(signal);
}
