"""Make a request for any operation of the OpenAPI document, with the ids of somebody else's things in it."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from tests.rights.world import CANARY, HOUR, SOON

FREE = SOON + timedelta(days=20)  # when nobody has anything

# What fields are called, and what they mean whatever their schema says.
VALUES: dict[str, Any] = {
    "starts_at": FREE.isoformat(), "ends_at": (FREE + HOUR).isoformat(), "from": FREE.isoformat(),
    "to": (FREE + timedelta(days=1)).isoformat(), "minutes": 60, "rule": "FREQ=DAILY;COUNT=2", "name": "新的名字",
    "time_zone": "Asia/Shanghai", "email": f"{CANARY}@guest.example", "first_day": FREE.date().isoformat(),
    "last_day": FREE.date().isoformat(), "rules": {}, "weekly": [], "shift_minutes": 60, "text": "words",
    "reason": "because", "domain": "works.example", "label": "lab", "password": "wrong but long enough",
    "token": "A" * 40, "country": "DE", "scope": "resource",
}  # fmt: skip
# Where a field of that name is not what it usually is, or several belong together: by the name of the body's schema.
BODIES: dict[str, dict[str, Any]] = {
    "MemberRemoval": {"bookings": "hand_over"},
    "NewBooking": {"starts_at": VALUES["starts_at"], "ends_at": VALUES["ends_at"]},
    "NewPrice": {"rule": {"currency": "CNY", "unit": "hour", "amount": "300"}},
    "NewFeed": {"view": "owner"},
    "BookingExtension": {
        "ends_at": (datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + 3 * HOUR).isoformat()
    },
    "SeriesPatch": {"purpose": "other"},
    "BookingPatch": {"purpose": "other"},
    "ResourcePatch": {"name": "新的名字"},
    "QualificationPatch": {"name": "新的名字"},
    "OrganizationPatch": {"staff": 3},
    "NewOccurrence": {"starts_at": (SOON + timedelta(days=7)).isoformat()},
    "MemberRights": {"role": "manager"},
    "NewInvitation": {"role": "manager", "email": "new@guest.example"},
    "SeriesPart": {},
    "NewIdentityProvider": {"issuer": "https://login.example", "domains": ["login.example"]},
    "NewWebhook": {"url": "https://hooks.example/in", "events": ["booking.confirmed"]},
    "NewOrganization": {"country": "DE", "name": "Neue GmbH"},
    "NewQualificationGrant": {},
}
PATHS = {"domain": f"{CANARY}.example", "token": "A" * 40, "country": "CN", "day": "2027-03-05"}  # what is no id
QUERIES = {"from": VALUES["from"], "to": VALUES["to"], "minutes": 60, "year": 2027}
FILE = b"%PDF-1.7\n%%EOF\n"
PICTURE = (  # of one pixel
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
CSV = "name,kind,time_zone\n新的,equipment,Asia/Shanghai\n".encode()


# Where one thing of a kind will not do: the colleague who takes over is one of the guest's, not of the owner's.
OTHERS = {
    ("/api/v1/bookings/{id}/hand-over", "member_id"): "colleague",
    ("/api/v1/members/{id}/remove", "to"): "admin",
    ("/api/v1/partners", "organization_id"): "guest",
    ("/api/v1/partners/{organization_id}", "organization_id"): "guest",
    ("/api/v1/operator/organizations/{id}/merge", "into"): "duplicate",
}


class Operation(msgspec.Struct, frozen=True):
    """One operation of the document."""

    method: str
    path: str
    role: str
    scope: str
    names: dict[str, str]
    described: dict[str, Any]

    @property
    def label(self) -> str:
        return f"{self.method} {self.path.removeprefix('/api/v1')}"


class Call(msgspec.Struct, frozen=True):
    """A request to send."""

    method: str
    path: str
    more: dict[str, Any]


def operations(document: dict[str, Any]) -> list[Operation]:
    found = []
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            if isinstance(described, dict) and "responses" in described:
                named = described.get("x-names") or {}
                role, scope = described.get("x-role", ""), described.get("x-scope", "")
                found.append(Operation(method.upper(), path, role, scope, named, described))
    return found


def _noun(operation: Operation, name: str) -> str:
    return OTHERS.get((operation.path, name), operation.names[name])


def undeclared(operation: Operation) -> list[str]:
    """The ids in the path of which nothing says whose they are."""
    return [
        one["name"] for one in operation.described.get("parameters", [])
        if one["in"] == "path" and one["name"] not in operation.names and one["name"] not in PATHS
    ]  # fmt: skip


def call(operation: Operation, ids: dict[str, UUID], document: dict[str, Any]) -> Call:
    """Ask for an operation with these things in it, as exactly as whoever has the right would."""
    path = operation.path
    params, headers = {}, {}
    for one in operation.described.get("parameters", []):
        name = one["name"]
        if name in PATHS:
            path = path.replace("{" + name + "}", PATHS[name])
        elif one["in"] == "path":
            path = path.replace("{" + name + "}", str(ids[_noun(operation, name)]))
        elif one["in"] == "query" and name in operation.names:
            params[name] = str(ids[_noun(operation, name)])
        elif one["in"] == "query" and one.get("required"):
            params[name] = QUERIES[name]
        elif one["in"] == "header" and name == "If-Match":
            headers[name] = "*"
    more: dict[str, Any] = {"params": params, "headers": headers}
    content = operation.described.get("requestBody", {}).get("content", {})
    kinds = content.get("multipart/form-data", {}).get("encoding", {}).get("file", {}).get("contentType", "")
    if "application/json" in content:
        more["json"] = _body(content["application/json"]["schema"], operation, ids, document)
    elif "application/pdf" in kinds:
        more["content"] = FILE
        headers["Content-Type"] = "application/pdf"
    elif "image/webp" in kinds:
        more["content"] = base64.b64decode(PICTURE)
        headers["Content-Type"] = "image/png"
    elif "text/csv" in kinds:
        more["content"] = CSV
        headers["Content-Type"] = "text/csv"
    return Call(operation.method, path, more)


def _body(schema: dict[str, Any], operation: Operation, ids: dict[str, UUID], document: dict[str, Any]) -> Any:
    name, schema = _resolved(schema, document)
    if schema.get("type") == "array":
        return []
    given = dict(BODIES.get(name, {}))
    for field, described in schema.get("properties", {}).items():
        if field in operation.names:
            id = str(ids[_noun(operation, field)])
            given[field] = [id] if _is_list(described) else id
        elif field in schema.get("required", []) and field not in given:
            given[field] = _value(field, described, document)
    return given


def _resolved(schema: dict[str, Any], document: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return name, document["components"]["schemas"][name]
    for one in schema.get("oneOf", []):
        if "$ref" in one:
            return _resolved(one, document)
    return "", schema


def _is_list(schema: dict[str, Any]) -> bool:
    return schema.get("type") == "array" or any(one.get("type") == "array" for one in schema.get("oneOf", []))


def _value(field: str, schema: dict[str, Any], document: dict[str, Any]) -> Any:
    _, schema = _resolved(schema, document)
    if "enum" in schema:
        return schema["enum"][0]
    if field in VALUES:
        return VALUES[field]
    if schema.get("type") == "array":
        return [_value(field, schema["items"], document)]
    if schema.get("type") == "integer":
        return int(schema.get("minimum", 1))
    if schema.get("type") == "object":
        return {}
    return "words"
