"""What `drucloud up` does not do yet, done in its place: the bucket, the bundles, the secrets, the user data."""

from __future__ import annotations

import json
import secrets
import tempfile
from pathlib import Path

from cloud import ENVIRONMENT, Cloud
from machine import Machine


def complete(cloud: Cloud, machines: list[Machine], stack: Path) -> None:
    """Renders the stack and puts the result where the machines look for it."""
    s3, vault = cloud.client("s3"), cloud.client("secretsmanager")
    with tempfile.TemporaryDirectory() as folder:
        cloud.drucloud("render", str(stack), "--env", ENVIRONMENT, "--into", folder)
        for machine in machines:
            host = "web" if machine.role == "web" else machine.name
            values = json.loads((Path(folder) / host / "values.json").read_text())
            machine.user_data = (Path(folder) / f"{host}-user-data.yaml").read_text()
            bucket = values["bucket"]
            if bucket not in [found["Name"] for found in s3.list_buckets()["Buckets"]]:
                s3.create_bucket(Bucket=bucket)
            target = json.loads(next(line for line in machine.user_data.splitlines() if '"sha256"' in line))
            s3.put_object(Bucket=bucket, Key=target["key"], Body=(Path(folder) / f"{host}.tar.gz").read_bytes())
            for name in (values["secrets"]["hash_salt"], values["secrets"]["database"]):
                if name not in [found["Name"] for found in vault.list_secrets()["SecretList"]]:
                    vault.create_secret(Name=name, SecretString=secrets.token_hex(24))
