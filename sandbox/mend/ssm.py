"""SSM parameters: Debian's public ones, and the limits of the API.

The image of a launch template is named by a public parameter.
"""

from __future__ import annotations

from typing import Any

from moto.core.utils import utcnow
from moto.ssm.models import Parameter, ParameterDict
from moto.ssm.responses import SimpleSystemManagerResponse

from mend.core import patch, refuse
from mend.ec2_images import public_parameters

LARGEST = {"Standard": 4096, "Advanced": 8192, "Intelligent-Tiering": 8192}


def install() -> None:
    @patch(ParameterDict, "_check_loading_status")
    def check_loading_status(original: Any, self: Any, key: str) -> None:
        # Public parameters: /aws/service/debian, and Amazon Linux with images that exist here.
        original(self, key)
        if getattr(self, "ours_loaded", False) or not str(key or "").startswith("/aws/service/"):
            return
        self.ours_loaded = True
        original(self, "/aws/service/ami-amazon-linux-latest")
        for name, value in public_parameters().items():
            parameter = Parameter(
                account_id=self.account_id,
                name=name,
                value=value,
                parameter_type="String",
                description=None,
                allowed_pattern=None,
                keyid=None,
                last_modified_date=utcnow(),
                version=1,
                data_type="aws:ec2:image",
            )
            dict.__setitem__(self, name, [parameter])

    @patch(SimpleSystemManagerResponse, "get_parameters")
    def get_parameters(original: Any, self: Any) -> Any:
        # GetParameters: ten names at most.
        names = self._get_param("Names") or []
        if len(names) > 10:
            refuse(
                "ValidationException",
                f"1 validation error detected: Value '[{', '.join(names)}]' at 'names' failed to satisfy "
                "constraint: Member must have length less than or equal to 10.",
            )
        return original(self)

    @patch(SimpleSystemManagerResponse, "put_parameter")
    def put_parameter(original: Any, self: Any) -> Any:
        # PutParameter: 4 KB in the standard tier.
        tier = self._get_param("Tier") or "Standard"
        limit = LARGEST.get(tier, 4096)
        if len(str(self._get_param("Value") or "").encode()) > limit:
            refuse(
                "ValidationException",
                f"{tier} tier parameters support a maximum parameter value of {limit} characters. To create "
                "a larger parameter value, upgrade the parameter to use the advanced-parameter tier.",
            )
        return original(self)
