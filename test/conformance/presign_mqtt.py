"""Signs an address for MQTT over WebSocket with the account's credentials: `presign_mqtt.py wss://host/mqtt REGION`."""

import sys

import botocore.session
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest

address, region = sys.argv[1:]
# the signature is of the path and the host; it knows no wss
request = AWSRequest(method="GET", url=address.replace("wss:", "https:", 1))
credentials = botocore.session.get_session().get_credentials()
SigV4QueryAuth(credentials, "iotdevicegateway", region, expires=300).add_auth(request)
print(request.url.replace("https:", "wss:", 1))
