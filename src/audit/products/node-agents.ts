/** Programs that hand out the node they run on. */
import { type Product, product, SET } from "./product.ts";

export const NODE_AGENTS: readonly Product[] = [
  product({
    id: "docker-in-docker",
    title: "a Docker daemon",
    image: /(^|\/)(docker|dind|docker-in-docker)$/,
    ports: [2375],
    gives: "node",
    byDefault: "unknown",
    why: "whether it takes everybody's commands depends on its flags",
    opened: {
      words: [/tcp:\/\/(0\.0\.0\.0)?:?2375/, /--tls=false/],
      variables: { DOCKER_TLS_CERTDIR: /^$/ },
    },
    closed: { flags: { tlsverify: SET } },
    cut: "remove the TCP port of the daemon, or start it with --tlsverify",
  }),
  product({
    id: "docker-socket-proxy",
    title: "a proxy of the Docker socket",
    image: /(^|\/)(docker-socket-proxy|dockersocketproxy|docker-proxy)$/,
    ports: [2375],
    gives: "node",
    byDefault: "none",
    why: "it hands the Docker socket to everybody",
    cut: "remove the proxy, or close it to all but its own client",
  }),
  product({
    id: "socket-over-network",
    title: "a socket of the container runtime",
    image: /./,
    runs: /socat\b.{0,256}(docker|containerd|crio)\.sock/,
    gives: "node",
    byDefault: "none",
    why: "socat hands the runtime's socket to everybody",
    cut: "remove socat",
  }),
  product({
    id: "portainer",
    title: "Portainer",
    image: /(^|\/)portainer(-ce|-ee)?$/,
    ports: [9000, 9443],
    gives: "account",
    byDefault: "some",
    why: "it asks for a login",
    opened: { flags: { "no-auth": SET } },
    cut: "remove --no-auth",
  }),
  product({
    id: "longhorn-ui",
    title: "the console of Longhorn",
    image: /(^|\/)longhorn-ui$/,
    ports: [8000],
    gives: "data",
    byDefault: "none",
    why: "it asks for no login, and deletes volumes",
    cut: "put a login before it",
  }),
];

/** What tells of a cluster without login. */
export const METRICS: readonly Product[] = [
  product({
    id: "metrics",
    title: "metrics of the cluster",
    image: /(^|\/)(prometheus|alertmanager|node-exporter|kube-state-metrics|cadvisor|thanos|pushgateway)$/,
    gives: "metrics",
    byDefault: "none",
    why: "it tells of the cluster without login",
    closed: { flags: { "web.config.file": SET } },
    cut: "start it with --web.config.file",
  }),
];
