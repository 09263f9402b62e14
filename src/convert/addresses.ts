/** Addresses in texts, by their shape: a scheme, a name with its port, `Host=`, lists, pairs of HOST and PORT. Pure. */
import { entryOf } from "../manifests/entry.ts";

export interface Address {
  readonly host: string;
  readonly port: number | undefined;
  /** What gave it away. */
  readonly shape: "url" | "host and port" | "Host=" | "HOST variable";
}

const SCHEMES: Readonly<Record<string, number>> = {
  http: 80,
  ws: 80,
  https: 443,
  wss: 443,
  grpc: 80,
  grpcs: 443,
  postgres: 5432,
  postgresql: 5432,
  mysql: 3306,
  mariadb: 3306,
  redis: 6379,
  rediss: 6379,
  mongodb: 27017,
  amqp: 5672,
  amqps: 5671,
  nats: 4222,
  kafka: 9092,
  ldap: 389,
  ldaps: 636,
  smtp: 25,
  smtps: 465,
  memcached: 11211,
  elasticsearch: 9200,
  clickhouse: 9000,
  zookeeper: 2181,
  tcp: 0,
  udp: 0,
  dns: 0,
};

/** No longer than a name of DNS is, so that a long text without any costs no more than its length. */
const HOST = "[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9])?";
/** With a password, in which some write an `@` as it is. */
const USER = `(?:[^\\s/?#,'"]*@)?`;
const URL_SHAPE = new RegExp(
  `\\b([A-Za-z][A-Za-z0-9+.-]{0,30})://(${USER}${HOST}(?::\\d+)?(?:,${USER}${HOST}(?::\\d+)?)*)`,
  "g",
);
/** A quorum has its members' numbers before their names: `0@kafka-0.kafka:9093`. */
const PAIR_SHAPE = new RegExp(`(?:(?<![\\w./:@-])|(?<=(?<![\\w./:@-])\\d{1,5}@))(${HOST}):(\\d{2,5})(?![\\w.:-])`, "g");
const KEY_SHAPE = new RegExp(`\\b(?:host|server|data source|address)\\s*=\\s*(${HOST})(?:[,:](\\d{2,5}))?`, "gi");
const KEY_PORT = /\bport\s*=\s*(\d{2,5})/i;
/** `DB_HOST`, `smtp.host`, and `PGHOST` as every client of PostgreSQL reads it. */
const HOST_NAME =
  /(^|[_.-]|^pg)(host|hostname|server|addr|address|endpoint|service|url|uri|broker|brokers|servers|bootstrap|seed)s?$/i;
const CAMEL_NAME = /[a-z](Host|Hostname|Server|Address|Endpoint|Service|Url|Brokers)$/;
const ALONE = new RegExp(`^${HOST}$`);

/** Of addresses that callers come from, or are sent to: nobody connects to them. */
const NOT_CALLED = /cors|origin|allowed|trusted|redirect|callback/i;

/** Whether what a variable or key of this name holds may be connected to. */
export const mayBeCalled = (name: string): boolean => !NOT_CALLED.test(name);

/** Whether a variable or key of this name holds an address. */
export const namesAddress = (name: string): boolean => HOST_NAME.test(name) || CAMEL_NAME.test(name);

/** Every address in a text; `name` is that of the variable or key which holds it. */
export function addressesIn(name: string, text: string): readonly Address[] {
  const found = [...urls(text), ...pairs(text), ...keyed(text)];
  if (found.length > 0) return found;
  const alone = text.trim();
  return namesAddress(name) && ALONE.test(alone) && /[a-z]/i.test(alone)
    ? [{ host: alone, port: undefined, shape: "HOST variable" }]
    : [];
}

function urls(text: string): readonly Address[] {
  return [...text.matchAll(URL_SHAPE)].flatMap(([, scheme = "", hosts = ""]) => {
    // jdbc:postgresql://…, mongodb+srv://…
    const name = scheme.toLowerCase();
    const usual = entryOf(SCHEMES, name.split(/[+:]/).at(-1) ?? "") ?? entryOf(SCHEMES, name.split("+")[0] ?? "") ?? 0;
    return hosts.split(",").map((one): Address => {
      const [host = "", port] = one.replace(/^.*@/, "").split(":");
      return { host, port: port === undefined ? usual || undefined : Number(port), shape: "url" };
    });
  });
}

/** A time, an image with its tag and an address of the node itself have the same shape. */
const pairs = (text: string): readonly Address[] =>
  [...text.replace(URL_SHAPE, " ").matchAll(PAIR_SHAPE)]
    .filter(([, host = ""]) => /[a-z]/i.test(host))
    .map(([, host = "", port]): Address => ({ host, port: Number(port), shape: "host and port" }));

function keyed(text: string): readonly Address[] {
  const port = KEY_PORT.exec(text)?.[1];
  return [...text.matchAll(KEY_SHAPE)]
    .filter(([, host = ""]) => /[a-z]/i.test(host))
    .map(([, host = "", own]): Address => {
      const number = own ?? port;
      return { host, port: number === undefined ? undefined : Number(number), shape: "Host=" };
    });
}

/** Variables that hold the port for a host, from the most to the least alike: `DB_HOST` has `DB_PORT`. */
export const portVariableOf = (name: string): string =>
  name.replace(/(host|hostname|server|addr|address|endpoint|service)$/i, (word) => {
    if (word === word.toUpperCase()) return "PORT";
    return /^[A-Z]/.test(word) ? "Port" : "port";
  });

/** Of programs that listen, by the scheme of their addresses; `DB_HOST` is one of theirs, `VIRTUAL_HOST` may be the program's own. */
const DEPENDENCIES = Object.keys(SCHEMES).filter((scheme) => !/^(https?|wss?|grpcs?|tcp|udp|dns)$/.test(scheme));
const DEPENDENCY = new RegExp(
  `(?:^|[_.-])(?:${[...DEPENDENCIES, "db", "database", "pg", "mongo", "maria", "sql", "rabbitmq", "rabbit", "cache", "broker", "mail", "elastic"].join("|")})(?=[_.-]|$)|^pghost`,
  "i",
);

/** Whether a variable is called after something that is called. */
export const namesDependency = (name: string): boolean => DEPENDENCY.test(name);
