/** The certificate by which the API server speaks to the kubelet. It is its own authority. */
import { join } from "node:path";
import { run } from "./space.ts";

export interface ClientCertificate {
  readonly certFile: string;
  readonly keyFile: string;
}

/** Writes a fresh one; its group is beyond RBAC, as everywhere. */
export function createClientCertificate(folder: string): ClientCertificate {
  const certificate = { certFile: join(folder, "kubelet-client.crt"), keyFile: join(folder, "kubelet-client.key") };
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", certificate.keyFile];
  const subject = ["-subj", "/O=system:masters/CN=kube-apiserver", "-addext", "extendedKeyUsage=clientAuth"];
  run(["openssl", "req", "-x509", "-days", "2", ...key, ...subject, "-out", certificate.certFile]);
  return certificate;
}
