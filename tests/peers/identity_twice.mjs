// Who am I, twice in one process, by the AWS SDK for JavaScript: once at the start, once when a line comes in.
import { fromNodeProviderChain } from "@aws-sdk/credential-providers";
import { STSClient, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { once } from "node:events";

const sts = new STSClient({ credentials: fromNodeProviderChain() });
for (const round of [1, 2]) {
  const identity = await sts.send(new GetCallerIdentityCommand({}));
  const { accessKeyId } = await sts.config.credentials();
  console.log(JSON.stringify({ account: identity.Account, arn: identity.Arn, key: accessKeyId }));
  if (round === 1) await once(process.stdin, "data");
}
process.exit(0);
