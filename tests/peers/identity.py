"""Who am I, by boto3: through the profile that is named, or the environment's credentials."""
import json
import sys

import boto3

session = boto3.Session(profile_name=sys.argv[1]) if len(sys.argv) > 1 else boto3.Session()
identity = session.client("sts").get_caller_identity()
frozen = session.get_credentials().get_frozen_credentials()
print(json.dumps({"account": identity["Account"], "arn": identity["Arn"], "key": frozen.access_key}))
