"""The same answers in less time: moto's serializer and dispatch with what they work out anew remembered.

An apply asks hundreds of times, and much of moto's time goes into names that never change.
"""

from __future__ import annotations

import types
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from moto.core import responses, serialize
from moto.core.constants import MISSING
from moto.core.utils import get_value
from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS, InstanceTypeOfferingBackend
from moto.iam.models import IAMBackend

from mend.core import patch

_names: dict[type, frozenset[str]] = {}
_transforms: dict[tuple[int, int, str], tuple[str, ...]] = {}
_methods: dict[tuple[type, str], Any] = {}
_offers: dict[tuple[str, str], dict[str, list[Any]]] = {}


def _emit(out: list[str], key: str, value: Any, short: bool) -> None:
    """One element, or one for each of a list, as xmltodict writes it."""
    if value is None:
        value = {}
    elif isinstance(value, (list, tuple)):
        for item in value:
            _emit(out, key, item, short)
        return
    if isinstance(value, dict):
        attributes = ""
        text = ""
        children = []
        for name, child in value.items():
            if name == "#text":
                text = "" if child is None else str(child)
            elif name[0] == "@":
                attributes += f" {name[1:]}={quoteattr('' if child is None else str(child))}"
            elif not (isinstance(child, list) and not child):
                children.append((name, child))
        if not children and not text and short:
            out.append(f"<{key}{attributes}/>")
            return
        out.append(f"<{key}{attributes}>")
        for name, child in children:
            _emit(out, name, child, short)
        out.append(f"{escape(text)}</{key}>")
        return
    if value is True or value is False:
        value = "true" if value else "false"
    text = value if isinstance(value, str) else str(value)
    if not text and short:
        out.append(f"<{key}/>")
    else:
        out.append(f"<{key}>{escape(text)}</{key}>")


def unparse(
    body: Any,
    full_document: bool = True,
    short_empty_elements: bool = False,
    pretty: bool | None = False,
) -> str:
    """xmltodict.unparse for what moto's serializers give it."""
    out = ['<?xml version="1.0" encoding="utf-8"?>\n'] if full_document else []
    for key, value in body.items():
        _emit(out, key, value, short_empty_elements)
    return "".join(out)


def _keys(possible: Any, picker: Any, context: Any) -> tuple[str, ...]:
    """The attribute names that moto tries in turn, remembered on the shape for each class of object."""
    found = tuple(dict.fromkeys(possible(picker, context)))
    table = context.shape.__dict__.setdefault("_sandbox_keys", {})
    table[(context.obj.__class__, context.key)] = found
    return found


def _look_up(obj: Any, keys: tuple[str, ...]) -> Any:
    """What moto's picker finds: the first of the names that the object has."""
    indexed = hasattr(obj, "__getitem__")
    for key in keys:
        if "." in key:
            value = get_value(obj, key, MISSING)
        elif not indexed:
            value = getattr(obj, key, MISSING)
        else:
            try:
                value = obj[key]
            except (KeyError, IndexError, TypeError, AttributeError):
                continue
        if value is not MISSING:
            return value
    return None


def _transforms_of(table: dict[str, Any], key: str) -> tuple[str, ...]:
    """The transformers whose path can end in this key, in moto's order."""
    slot = (id(table), len(table), key)
    found = _transforms.get(slot)
    if found is None:
        found = tuple(p for p in table if p.rpartition(".")[2] == key or ("." not in p and key.endswith(p)))
        _transforms[slot] = found
    return found


def install() -> None:
    @patch(responses, "method_names_from_class")
    def method_names_from_class(original: Any, cls: Any) -> frozenset[str]:
        found = _names.get(cls)
        if found is None:
            found = _names[cls] = frozenset(original(cls))
        return found

    serialize.xmltodict = types.SimpleNamespace(unparse=unparse)  # type: ignore[assignment]
    possible = serialize.XFormedAttributePicker.get_possible_keys
    slow = serialize.ResponseSerializer.get_value

    def pick(self: Any, value: Any, key: str, shape: Any) -> Any:
        picker = self._value_picker
        if picker.__class__ is not serialize.XFormedAttributePicker:
            return slow(self, value, key, shape)
        keys = shape.__dict__.get("_sandbox_keys", {}).get((value.__class__, key))
        if keys is None:
            keys = _keys(possible, picker, serialize.AttributePickerContext(value, key, shape))
        found = _look_up(value, keys)
        table = picker.response_transformers
        if table:
            paths = _transforms_of(table, key)
            if paths:
                whole = f"{'.'.join(self.path)}.{key}"
                for path in paths:
                    if whole.endswith(path):
                        return table[path](found)
        return found

    def dispatch(self: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
        slot = (self.__class__, shape.type_name)
        method = _methods.get(slot)
        if method is None:
            name = f"_serialize_type_{shape.type_name}"
            method = _methods[slot] = getattr(self.__class__, name, self.__class__._default_serialize)
        self.path.append(key or shape.name)
        method(self, serialized, value, shape, key)
        self.path.pop()

    # Called for every member of every answer: put in directly, without patch()'s wrapper.
    serialize.ResponseSerializer.get_value = pick  # type: ignore[method-assign]
    serialize.ResponseSerializer._serialize = dispatch  # type: ignore[method-assign]

    @patch(InstanceTypeOfferingBackend, "describe_instance_type_offerings")
    def describe_instance_type_offerings(
        original: Any, self: Any, location_type: Any = None, filters: Any = None
    ) -> list[Any]:
        wanted = (filters or {}).get("instance-type") or []
        if not wanted or any("*" in w or "?" in w for w in wanted):
            return original(self, location_type, filters)
        slot = (location_type or "region", self.region_name)
        if slot not in _offers:
            table: dict[str, list[Any]] = {}
            for offer in INSTANCE_TYPE_OFFERINGS[slot[0]].get(slot[1], []):
                table.setdefault(offer["InstanceType"], []).append(offer)
            _offers[slot] = table
        rest = {k: v for k, v in filters.items() if k != "instance-type"}
        found = [offer for kind in dict.fromkeys(wanted) for offer in _offers[slot].get(kind, [])]
        return [offer for offer in found if self.matches_filters(offer, rest, slot[0])]

    @patch(IAMBackend, "get_account_authorization_details")
    def get_account_authorization_details(original: Any, self: Any, policy_filter: Any) -> dict[str, Any]:
        # Without a policy asked for there is no need to compare a thousand of them.
        if not policy_filter or {"AWSManagedPolicy", "LocalManagedPolicy"} & set(policy_filter):
            return original(self, policy_filter)
        return {
            "instance_profiles": self.instance_profiles.values(),
            "roles": self.roles.values() if "Role" in policy_filter else [],
            "groups": self.groups.values() if "Group" in policy_filter else [],
            "users": self.users.values() if "User" in policy_filter else [],
            "managed_policies": [],
        }
