"""Takes credentials of each named profile with botocore; says how many seconds they live by this clock."""
import datetime
import json
import sys

import botocore.session

seconds = {}
for profile in sys.argv[1:]:
    credentials = botocore.session.Session(profile=profile).get_credentials()
    credentials.get_frozen_credentials()
    now = datetime.datetime.now(datetime.timezone.utc)
    seconds[profile] = int((credentials._expiry_time - now).total_seconds())
print(json.dumps(seconds))
