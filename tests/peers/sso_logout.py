"""Signs out as `aws sso logout` does: ends each session of the SSO cache on the server, and removes its file and
the AWS CLI's own cached role credentials.
"""
import glob
import json
import os

import botocore.session
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

for path in glob.glob(os.path.expanduser("~/.aws/sso/cache/*.json")):
    with open(path) as file:
        token = json.load(file)
    if "accessToken" not in token:
        continue
    client = botocore.session.get_session().create_client(
        "sso", region_name=token["region"], config=Config(signature_version=UNSIGNED)
    )
    try:
        client.logout(accessToken=token["accessToken"])
    except ClientError:
        pass
    os.remove(path)
for path in glob.glob(os.path.expanduser("~/.aws/cli/cache/*.json")):
    os.remove(path)
