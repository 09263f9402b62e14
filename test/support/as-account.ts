/** kubectl as a ServiceAccount, for whom admission believes that it asked with a token of its own. */

/** The id of a token, which only those may claim who may impersonate everything of a user. */
export const WITH_TOKEN = "--as-user-extra=authentication.kubernetes.io/credential-id=JTI";

export const asAccount = (namespace: string, name: string): readonly string[] => [
  `--as=system:serviceaccount:${namespace}:${name}`,
  WITH_TOKEN,
];
