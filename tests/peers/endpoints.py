"""The host that botocore calls for STS, and the Region that it signs for, by Region and `sts_regional_endpoints`."""
import json
import os
import sys
from urllib.parse import urlsplit

import botocore.session


def place(asked):
    os.environ["AWS_STS_REGIONAL_ENDPOINTS"] = asked["endpoints"]
    session = botocore.session.Session()
    client = session.create_client(
        "sts", region_name=asked["region"], aws_access_key_id="AKID", aws_secret_access_key="secret"
    )
    signed = []
    client.meta.events.register("before-send.sts", lambda request, **_: signed.append(request) or stop())
    try:
        client.get_caller_identity()
    except Stopped:
        pass
    scope = signed[0].headers["Authorization"].decode().split("Credential=")[1].split(",")[0]
    return {"host": urlsplit(signed[0].url).hostname, "region": scope.split("/")[2]}


class Stopped(BaseException):
    pass


def stop():
    raise Stopped()


print(json.dumps([place(asked) for asked in json.load(sys.stdin)]))
