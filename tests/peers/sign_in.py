"""Signs in by the device flow with botocore's own sso-oidc client and keeps the files as the AWS CLI v2 does.

Arguments: session name, start URL, Region.
"""
import datetime
import hashlib
import json
import os
import sys
import time

import botocore.session
from botocore import UNSIGNED
from botocore.config import Config

name, start_url, region = sys.argv[1:]
scopes = ["sso:account:access"]
client = botocore.session.get_session().create_client(
    "sso-oidc", region_name=region, config=Config(signature_version=UNSIGNED)
)
registration = client.register_client(clientName="a peer", clientType="public", scopes=scopes)
device = client.start_device_authorization(
    clientId=registration["clientId"], clientSecret=registration["clientSecret"], startUrl=start_url
)
while True:
    time.sleep(device["interval"])
    try:
        token = client.create_token(
            clientId=registration["clientId"],
            clientSecret=registration["clientSecret"],
            grantType="urn:ietf:params:oauth:grant-type:device_code",
            deviceCode=device["deviceCode"],
        )
        break
    except client.exceptions.AuthorizationPendingException:
        pass


def written(at):
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


folder = os.path.expanduser("~/.aws/sso/cache")
os.makedirs(folder, mode=0o700, exist_ok=True)
now = datetime.datetime.now(datetime.timezone.utc)
with open(os.path.join(folder, hashlib.sha1(name.encode()).hexdigest() + ".json"), "w") as file:
    json.dump(
        {
            "startUrl": start_url,
            "region": region,
            "accessToken": token["accessToken"],
            "expiresAt": written(now + datetime.timedelta(seconds=token["expiresIn"])),
            "clientId": registration["clientId"],
            "clientSecret": registration["clientSecret"],
            "registrationExpiresAt": written(
                datetime.datetime.fromtimestamp(registration["clientSecretExpiresAt"], datetime.timezone.utc)
            ),
            "refreshToken": token["refreshToken"],
        },
        file,
    )
