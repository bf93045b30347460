"""Secrets behave as the Secrets Manager API reference says."""

from __future__ import annotations

from typing import Any

from conftest import refused


def test_a_name_on_its_way_out_is_not_free(client: Any) -> None:
    secrets = client("secretsmanager")
    made = secrets.create_secret(Name="salt", SecretString="s", ClientRequestToken="t" * 32)
    secrets.delete_secret(SecretId="salt", RecoveryWindowInDays=7)
    for token in ("t" * 32, "u" * 32):
        with refused("InvalidRequestException", 400):
            secrets.create_secret(Name="salt", SecretString="s", ClientRequestToken=token)
    assert secrets.restore_secret(SecretId="salt")["ARN"] == made["ARN"]
    assert secrets.get_secret_value(SecretId="salt")["SecretString"] == "s"
    secrets.delete_secret(SecretId="salt", ForceDeleteWithoutRecovery=True)
    assert secrets.create_secret(Name="salt", SecretString="other")["Name"] == "salt"
