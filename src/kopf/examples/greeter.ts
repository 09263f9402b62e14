/** A whole operator: for every ConfigMap labelled `greet`, a second one that greets whom it names, and none when it goes. */
import * as kopf from "../index.ts";

const CONFIG_MAP: kopf.Resource = {
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  namespaced: true,
};
const GREETED: kopf.Filters = { labels: { greet: kopf.PRESENT } };

const greetingOf = ({ name, namespace = "" }: kopf.HandlerContext) => ({ name: `${name}-greeting`, namespace });

async function greet(context: kopf.HandlerContext): Promise<void> {
  const data = { text: `Hello ${context.value}` };
  const greeting = { apiVersion: "v1", kind: "ConfigMap", metadata: greetingOf(context), data };
  await context.client.apply(CONFIG_MAP, greeting);
  context.event("Normal", "Greeted", "the greeting was written");
}

/** Works until `signal` aborts, and forever without one. */
export async function runGreeter(connection?: kopf.Connection, signal = new AbortController().signal): Promise<void> {
  const transport = kopf.createTransport(connection ?? (await kopf.defaultConnection()));
  const operator = kopf.createOperator({ name: "greeter.example", transport });
  new kopf.ResourceHandlers(operator, CONFIG_MAP)
    .field("data.name", "greet", greet, GREETED)
    .on("delete", "part", (context) => context.client.delete(CONFIG_MAP, greetingOf(context)), GREETED);
  await operator.run(signal);
}
