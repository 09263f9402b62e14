/** What the clouds call the identities that a pod may take on: AWS role ARNs, GCP service accounts, Azure client ids. */
import { matches, text, withRules } from "../schema.ts";

export const CLOUD_PROVIDERS = ["AWS", "GCP", "Azure"] as const;
export type CloudProvider = (typeof CLOUD_PROVIDERS)[number];

const UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

/** IAM: a role of one account, with or without a path, in any partition. */
const ROLE_ARN = "^arn:aws(-[a-z]{1,3}){0,2}:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]{1,512}$";
/** A service account id has 6 to 30 characters, and so has a project id, which may have a domain in front. */
const SERVICE_ACCOUNT =
  "^[a-z][-a-z0-9]{4,28}[a-z0-9]@[a-z][-a-z0-9]{4,28}[a-z0-9]([.][a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?){0,3}[.]iam[.]gserviceaccount[.]com$";
const CLIENT_ID = `^${UUID}$`;

/** The name of an identity of any cloud. */
export const IDENTITY_NAME = `${ROLE_ARN}|${SERVICE_ACCOUNT}|${CLIENT_ID}`;

/** The longest of them is a role ARN with its path. */
export const MAX_IDENTITY_LENGTH = 560;

export const roleArn = () =>
  withRules(
    text(MAX_IDENTITY_LENGTH, 1),
    matches(ROLE_ARN, "identity.aws.roleArn must be a role such as arn:aws:iam::111122223333:role/shop-web"),
  );

export const serviceAccountAddress = () =>
  withRules(
    text(128, 1),
    matches(
      SERVICE_ACCOUNT,
      "identity.gcp.serviceAccount must be an address such as web@my-project.iam.gserviceaccount.com",
    ),
  );

/** A client or tenant id of Microsoft Entra. */
export const entraId = (field: string) =>
  withRules(text(36, 1), matches(CLIENT_ID, `${field} must be a UUID in lower case, as the Azure portal shows it`));
