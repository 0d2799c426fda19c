// Who am I, by the AWS SDK for JavaScript. Arguments: sso, node or environment; the profile.
import { fromSSO } from "@aws-sdk/credential-provider-sso";
import { defaultProvider } from "@aws-sdk/credential-provider-node";
import { STSClient, GetCallerIdentityCommand } from "@aws-sdk/client-sts";

const [provider, profile] = process.argv.slice(2);
const credentials =
  provider === "sso" ? fromSSO({ profile }) : provider === "node" ? defaultProvider({ profile }) : undefined;
const sts = new STSClient({ region: "ap-northeast-1", ...(credentials && { credentials }) });
const identity = await sts.send(new GetCallerIdentityCommand({}));
const { accessKeyId } = await sts.config.credentials();
console.log(JSON.stringify({ account: identity.Account, arn: identity.Arn, key: accessKeyId }));
