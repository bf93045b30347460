"""Stands in for boto3: /srv/ses holds the error that SES answers with, /srv/secrets.json what is in Secrets Manager.

What SES takes is a file below /srv/sent. The errors are botocore's own.
"""

import json
import os

from botocore.exceptions import ClientError


class Ses:
    def send_email(self, FromEmailAddress, Destination, Content):  # noqa: N803 (SES's own names)
        if os.path.exists("/srv/ses"):
            with open("/srv/ses", encoding="utf-8") as file:
                raise ClientError({"Error": {"Code": file.read().strip(), "Message": "said no"}}, "SendEmail")
        os.makedirs("/srv/sent", exist_ok=True)
        sent = {"from": FromEmailAddress, "to": Destination["ToAddresses"], "raw": Content["Raw"]["Data"].decode()}
        with open(f"/srv/sent/{len(os.listdir('/srv/sent'))}.json", "w", encoding="utf-8") as file:
            json.dump(sent, file)


class Secrets:
    def get_secret_value(self, SecretId):  # noqa: N803
        with open("/srv/secrets.json", encoding="utf-8") as file:
            return {"SecretString": json.load(file)[SecretId]}


def client(service, region, config=None):
    assert region and config is not None, "no region, or waits for ever"
    return {"sesv2": Ses, "secretsmanager": Secrets}[service]()
