"""Secrets (Secrets Manager) as AWS documents them: the name of a secret on its way out cannot be taken."""

from __future__ import annotations

from typing import Any

from moto.secretsmanager.models import SecretsManagerBackend

from mend.core import patch, refuse


def install() -> None:
    @patch(SecretsManagerBackend, "create_secret")
    def create_secret(original: Any, self: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        there = self.secrets.get(name) if name in self.secrets else None
        if there is not None and there.is_deleted():
            refuse(
                "InvalidRequestException",
                "You can't create this secret because a secret with this name is already scheduled for deletion.",
            )
        return original(self, name, *args, **kwargs)
