"""One call of AWS's API by botocore: `aws_call.py SERVICE OPERATION '{"Parameter": …}'` prints the answer as JSON.

Bodies are text: what an answer streams is read whole. A refusal ends with 1 and AWS's words.
"""

import json
import sys

import botocore.session
from botocore.exceptions import ClientError


def plain(value):
    if hasattr(value, "read"):
        return value.read().decode()
    if isinstance(value, bytes):
        return value.decode()
    return str(value)


service, operation, parameters = sys.argv[1:]
client = botocore.session.get_session().create_client(service)
try:
    answer = getattr(client, operation)(**json.loads(parameters))
except ClientError as error:
    sys.exit(str(error))
answer.pop("ResponseMetadata", None)
print(json.dumps(answer, default=plain))
