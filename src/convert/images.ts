/** What the images that everybody runs need and manifests do not say: their user, and the directories that they write. */
import { entryOf } from "../manifests/entry.ts";

export interface ImageHabit {
  /** The user that the image's own files belong to. */
  readonly user?: number;
  /** Of its variant on Alpine, where it has another. */
  readonly alpineUser?: number;
  readonly writes: readonly string[];
  /** Where it listens unless told. */
  readonly port?: number;
  /** A flag or variable that moves a file out of the way, for a person. */
  readonly hint?: string;
}

const habit = (writes: readonly string[], user?: number, more: Partial<ImageHabit> = {}): ImageHabit => ({
  writes,
  ...(user === undefined ? {} : { user }),
  ...more,
});

/** By the last part of the repository's name. */
export const IMAGE_HABITS: Readonly<Record<string, ImageHabit>> = {
  // databases
  postgres: habit(["/var/lib/postgresql/data", "/var/run/postgresql", "/tmp"], 999, {
    alpineUser: 70,
    port: 5432,
    hint: "set PGDATA to a directory below the claim: PostgreSQL wants to own it",
  }),
  mysql: habit(["/var/lib/mysql", "/var/run/mysqld", "/tmp"], 999, { port: 3306 }),
  mariadb: habit(["/var/lib/mysql", "/run/mysqld", "/tmp"], 999, { port: 3306 }),
  mongo: habit(["/data/db", "/data/configdb", "/tmp"], 999, { port: 27_017 }),
  redis: habit(["/data"], 999, { port: 6379 }),
  valkey: habit(["/data"], 999, { port: 6379 }),
  memcached: habit([], 11_211, { port: 11_211 }),
  cassandra: habit(["/var/lib/cassandra", "/var/log/cassandra", "/tmp"], 999, { port: 9042 }),
  influxdb: habit(["/var/lib/influxdb2", "/tmp"], 1_000),
  elasticsearch: habit(["/usr/share/elasticsearch/data", "/usr/share/elasticsearch/logs", "/tmp"], 1_000, {
    port: 9200,
  }),
  opensearch: habit(["/usr/share/opensearch/data", "/usr/share/opensearch/logs", "/tmp"], 1_000, { port: 9200 }),
  etcd: habit(["/var/lib/etcd", "/tmp"]),
  minio: habit(["/data", "/tmp"], 1_000, { port: 9000 }),
  // brokers
  rabbitmq: habit(["/var/lib/rabbitmq", "/var/log/rabbitmq", "/tmp"], 999, { alpineUser: 100, port: 5672 }),
  kafka: habit(["/var/lib/kafka/data", "/opt/kafka/logs", "/tmp"], 1_000, { port: 9092 }),
  zookeeper: habit(["/data", "/datalog", "/logs", "/tmp"], 1_000, { port: 2181 }),
  nats: habit(["/tmp"], undefined, { port: 4222 }),
  // proxies and web servers
  nginx: habit(["/var/cache/nginx", "/var/run", "/tmp"], 101, { port: 80 }),
  "nginx-unprivileged": habit(["/tmp"], 101),
  httpd: habit(["/usr/local/apache2/logs", "/tmp"], 33, { port: 80 }),
  haproxy: habit(["/tmp"], 99),
  traefik: habit(["/tmp"]),
  caddy: habit(["/data", "/config", "/tmp"]),
  envoy: habit(["/tmp"], 101),
  // observability
  grafana: habit(["/var/lib/grafana", "/var/log/grafana", "/tmp"], 472, { port: 3000 }),
  prometheus: habit(["/prometheus"], undefined, { port: 9090 }),
  alertmanager: habit(["/alertmanager"]),
  kibana: habit(["/usr/share/kibana/data", "/tmp"], 1_000),
  jaeger: habit(["/tmp"], 10_001),
  // applications
  wordpress: habit(["/var/www/html", "/var/run/apache2", "/tmp"], 33),
  nextcloud: habit(["/var/www/html", "/var/run/apache2", "/tmp"], 33),
  ghost: habit(["/var/lib/ghost/content", "/tmp"], 1_000),
  keycloak: habit(["/opt/keycloak/data", "/tmp"], 1_000, { port: 8080 }),
  // language runtimes
  python: habit(["/tmp"], undefined, { hint: "set PYTHONDONTWRITEBYTECODE=1" }),
  node: habit(["/tmp"], 1_000, { hint: "set npm_config_cache=/tmp/npm" }),
  golang: habit(["/tmp"], undefined, { hint: "set GOCACHE=/tmp/go" }),
  php: habit(["/tmp"], 33),
  ruby: habit(["/tmp"]),
  openjdk: habit(["/tmp"], undefined, { hint: "set -Djava.io.tmpdir=/tmp" }),
  "eclipse-temurin": habit(["/tmp"], undefined, { hint: "set -Djava.io.tmpdir=/tmp" }),
  tomcat: habit(["/usr/local/tomcat/work", "/usr/local/tomcat/temp", "/usr/local/tomcat/logs", "/tmp"]),
};

/** Undefined for an image that is not in the table. */
export function habitOf(image: string): ImageHabit | undefined {
  const [, name = ""] = /([^/:@]+)(?::[^/@]*)?(?:@.*)?$/.exec(image) ?? [];
  const found = entryOf(IMAGE_HABITS, name);
  if (found?.alpineUser === undefined || !/:[^/]*alpine/.test(image)) return found;
  return { ...found, user: found.alpineUser };
}
