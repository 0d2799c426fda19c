// Who profile `p` of each config file is, by fromIni of the AWS SDK for JavaScript: an ARN, or the error's name and words.
import { readFileSync } from "node:fs";
import { fromIni } from "@aws-sdk/credential-providers";
import { STSClient, GetCallerIdentityCommand } from "@aws-sdk/client-sts";

async function who({ config, credentials, variables }) {
  // Sources of other kinds look for the files by themselves.
  const all = { ...variables, AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: credentials };
  Object.assign(process.env, all);
  try {
    const provider = fromIni({ profile: "p", ignoreCache: true });
    const sts = new STSClient({ region: "ap-northeast-1", credentials: provider });
    return { arn: (await sts.send(new GetCallerIdentityCommand({}))).Arn };
  } catch (error) {
    return { error: `${error.name}: ${error.message}` };
  } finally {
    for (const name of Object.keys(all)) delete process.env[name];
  }
}

const said = [];
for (const shape of JSON.parse(readFileSync(0, "utf8"))) said.push(await who(shape));
console.log(JSON.stringify(said));
