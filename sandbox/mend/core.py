"""Helpers that every mend is written with: patching, errors, delays, client tokens.

One place, so that a mend says only what AWS does and not how moto is bent to do it.
"""

from __future__ import annotations

import functools
import inspect
import json
import uuid
from collections.abc import Callable
from typing import Any, NoReturn
from xml.sax.saxutils import escape

from moto.core.exceptions import ServiceException

from mend.waiting import DELAYS, Pending, begin, delay, delays, is_over, phase, set_delays

# Mends know these by the name of this module.
__all__ = ["DELAYS", "Pending", "begin", "delay", "delays", "is_over", "phase", "set_delays"]

# ---------------------------------------------------------------- patching


def patch(cls: Any, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Replaces `cls.name` (a class or a module); the new function gets the old one as its first argument."""
    raw = inspect.getattr_static(cls, name)
    kind = type(raw) if isinstance(raw, (staticmethod, classmethod)) else None
    original = raw.__func__ if kind else raw
    if not callable(original):
        raise TypeError(f"{cls.__name__}.{name} is no function, use computed()")

    def decorate(fn: Callable[..., Any]) -> Callable[..., Any]:
        def replacement(*args: Any, **kwargs: Any) -> Any:
            return fn(original, *args, **kwargs)

        replacement.__name__ = name
        replacement.__doc__ = fn.__doc__
        replacement.__module__ = getattr(original, "__module__", fn.__module__)
        setattr(cls, name, kind(replacement) if kind else replacement)
        return fn

    return decorate


def add(cls: Any, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Adds `cls.name`, which moto lacks: for a response class it is an operation in snake case."""

    def decorate(fn: Callable[..., Any]) -> Callable[..., Any]:
        fn.__name__ = name
        setattr(cls, name, fn)
        return fn

    return decorate


def computed(cls: Any, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Makes the attribute `name` of `cls` be computed on read by `fn(self, stored)`.

    `stored` is what was last assigned (None if never). An existing property's value is passed as stored.
    Assignments go on working: they change what is stored.
    """
    existing = inspect.getattr_static(cls, name, None)
    slot = f"_stored_{name}"

    def decorate(fn: Callable[..., Any]) -> Callable[..., Any]:
        def read(self: Any) -> Any:
            if isinstance(existing, property):
                return fn(self, existing.fget(self))  # type: ignore[misc]
            return fn(self, self.__dict__.get(slot, None if existing is None else existing))

        def write(self: Any, value: Any) -> None:
            if isinstance(existing, property) and existing.fset:
                existing.fset(self, value)
            else:
                self.__dict__[slot] = value

        setattr(cls, name, property(read, write))
        return fn

    return decorate


def route(urls_module: Any, pattern: str, handler: Any) -> None:
    """Adds a URL of a REST service before the launcher builds the service's application."""
    urls_module.url_paths.setdefault(pattern, handler)


# ---------------------------------------------------------------- errors


class AwsError(ServiceException):
    """An error with exactly this code, message and HTTP status in whatever protocol the request spoke."""

    def __init__(self, code: str, message: str, status: int = 400, **members: Any) -> None:
        super().__init__(code, message)
        self.status = status
        self.members = members


def refuse(code: str, message: str, status: int = 400, **members: Any) -> NoReturn:
    """Raises the error; `members` are further fields of its body (JSON and XML alike)."""
    raise AwsError(code, message, status, **members)


def render_error(
    service: str, protocol: str, error: AwsError, request_id: str | None = None
) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of an error in a protocol of botocore's."""
    request_id = request_id or str(uuid.uuid4())
    code, message = error.code, error.message
    if protocol in ("json", "rest-json"):
        version = "1.1" if protocol == "json" else None
        kind = f"application/x-amz-json-{version}" if version else "application/json"
        headers = {"Content-Type": kind, "x-amzn-ErrorType": code, "x-amzn-RequestId": request_id}
        return error.status, headers, json.dumps({"__type": code, "message": message, **error.members})
    extra = "".join(f"<{k}>{escape(str(v))}</{k}>" for k, v in error.members.items())
    inner = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>{extra}"
    if protocol == "ec2":
        body = (
            f"<Response><Errors><Error>{inner}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
        )
    elif service in ("s3", "s3control"):
        body = f"<Error>{inner}<RequestId>{request_id}</RequestId></Error>"
    else:
        fault = "Sender" if error.status < 500 else "Receiver"
        body = (
            f"<ErrorResponse><Error><Type>{fault}</Type>{inner}</Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
    headers = {"Content-Type": "text/xml", "x-amzn-RequestId": request_id}
    return error.status, headers, '<?xml version="1.0" encoding="UTF-8"?>\n' + body


# ---------------------------------------------------------------- reset

_reset_hooks: list[Callable[[], None]] = []


def on_reset(fn: Callable[[], None]) -> Callable[[], None]:
    """Registers what empties a mend's own state; called after every reset of moto."""
    _reset_hooks.append(fn)
    return fn


def run_reset_hooks() -> None:
    for fn in _reset_hooks:
        fn()


# ---------------------------------------------------------------- client tokens

_tokens: dict[tuple[Any, ...], tuple[str, Any]] = {}
on_reset(_tokens.clear)


def _plain(value: Any) -> Any:
    if isinstance(value, dict) or hasattr(value, "items"):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return value


def idempotent(
    cls: Any,
    operation: str,
    token: str = "ClientToken",
    mismatch: str = "IdempotentParameterMismatch",
    ignore: tuple[str, ...] = (),
    forget: Callable[[Any], bool] | None = None,
) -> None:
    """Makes a create operation of a response class honour its client token.

    The same token with the same parameters answers with the first result as it is now (moto's results are
    live objects), other parameters are refused. A failed request is not remembered. `forget(result)` says
    that a remembered result no longer counts.
    """

    @patch(cls, operation)
    def wrapped(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
        value = self._get_param(token)
        if not value:
            return original(self, *args, **kwargs)
        params = _plain(self._get_params())
        for name in (token, "DryRun", "AWSAccessKeyId", *ignore):
            params.pop(name, None)
        print_ = json.dumps(params, sort_keys=True, default=str)
        key = (cls.__name__, operation, self.current_account, self.region, value)
        seen = _tokens.get(key)
        if seen is not None and forget is not None and forget(seen[1]):
            seen = None
        if seen is not None:
            if seen[0] != print_:
                refuse(
                    mismatch,
                    "The request uses the same client token as a previous, but non-identical request. "
                    "Do not reuse a client token with different requests, unless the requests are identical",
                )
            return seen[1]
        result = original(self, *args, **kwargs)
        _tokens[key] = (print_, result)
        return result


# ---------------------------------------------------------------- small things


@functools.cache
def protocol_of(service: str) -> str:
    """botocore's protocol name for a service."""
    from moto.core.utils import get_service_model

    return str(get_service_model(service).protocol)


def install() -> None:
    """Every error of ours keeps its status and form, whichever service raised it."""
    from moto.core.responses import BaseResponse

    @patch(BaseResponse, "serialized")
    def serialized(original: Any, self: Any, action_result: Any) -> Any:
        error = action_result.result
        if isinstance(error, AwsError):
            service = self.boto3_service_name
            return render_error(service, protocol_of(service), error)
        return original(self, action_result)
