/** For every ConfigMap labelled `greet`, a second one that greets: created, repaired when edited, deleted with the first. */
import { createOperator, createTransport, defaultConnection, mapChanges, type Resource, settled } from "kopf-ts";

const CONFIG_MAP: Resource = { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true };

const transport = createTransport(await defaultConnection());
const operator = createOperator({ name: "greeter.example", transport });

const dataOf = (object: object) => ("data" in object ? (object.data as Record<string, string>) : {});
const people = operator.cache({ resource: CONFIG_MAP, labelSelector: "greet", shape: dataOf });
const greetings = operator.cache({ resource: CONFIG_MAP, labelSelector: "greeting", shape: dataOf });
const sources = [mapChanges(people, ({ key }) => [key]), mapChanges(greetings, ({ key }) => [key.slice(0, -9)])];

operator.reconcile(
  "greeter",
  async ({ key, name: { namespace = "", name } }) => {
    const person = people.get(key);
    const metadata = { namespace, name: `${name}-greeting`, labels: { greeting: "yes" } };
    const data = { text: `Hello ${person?.["name"]}` };
    if (person === undefined) await operator.client.delete(CONFIG_MAP, metadata);
    else await operator.client.apply(CONFIG_MAP, { apiVersion: "v1", kind: "ConfigMap", metadata, data });
    return settled();
  },
  { sources },
);

const stop = new AbortController();
process.once("SIGTERM", () => stop.abort());
await operator.run(stop.signal);
