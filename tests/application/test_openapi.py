"""The OpenAPI document is one that other people's programs can read, and says all that is there."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest
from litestar import Litestar, get
from litestar.exceptions import ImproperlyConfiguredException
from litestar.routes import HTTPRoute
from schemathesis.specs.openapi.definitions import OPENAPI_31  # the schema that the OpenAPI Initiative publishes

from server.application import openapi, openapi_names
from server.core import problem_details

DOCS = sorted((Path(__file__).parents[2] / "docs").glob("*.md"))
CONTRACT = Path(__file__).with_name("contract.txt")
METHODS = ("get", "post", "put", "patch", "delete")
NAMED = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE) (/api/v1/[A-Za-z0-9_/{}.\-]+)")


@pytest.fixture
async def document(client: httpx.AsyncClient) -> Any:
    return (await client.get("/api/v1/openapi.json")).json()


def wrong_with(document: Any) -> list[str]:
    found = jsonschema_rs.Draft202012Validator(OPENAPI_31).iter_errors(document)
    return [f"{error.message} at {error.instance_path}" for error in found]


def calls(document: Any) -> set[tuple[str, str]]:
    return {(method, path) for path, item in document["paths"].items() for method in METHODS if method in item}


def operations(document: Any) -> list[tuple[str, Any]]:
    return [
        (f"{method.upper()} {path}", one) for path, item in document["paths"].items() for method, one in item.items()
    ]


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for one in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from nodes(one)


def test_it_is_an_openapi_document(document: Any) -> None:
    assert document["openapi"].startswith("3.1.")
    assert wrong_with(document) == []


async def test_control_with_ids_inside_its_examples_it_would_be_none(
    document: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(problem_details.Named, "_exclude_fields", set())
    content = problem_details.refusals()[400].examples
    assert content is not None
    answer = document["paths"]["/api/v1/session"]["get"]["responses"]["400"]["content"][problem_details.MEDIA_TYPE]
    answer["examples"] = {"invalid": content[0].to_schema()}
    assert "'id' was unexpected" in str(wrong_with(document))


def test_every_route_of_the_api_is_in_it(document: Any, app: Any) -> None:
    routes = {
        (str(method).lower(), route.path_format)
        for route in app.routes if isinstance(route, HTTPRoute) and route.path.startswith("/api/v1/")
        for handler in route.route_handlers
        for method in handler.http_methods if str(method).lower() in METHODS
    }  # fmt: skip
    assert {one for one in routes if "openapi.json" not in one[1]} == calls(document)


def test_its_examples_are_valid(document: Any) -> None:
    checked = 0
    problem = {"$ref": "#/components/schemas/Problem", "components": document["components"]}
    said = jsonschema_rs.validator_for(problem)
    for node in nodes(document):
        if isinstance(node.get("examples"), list) and "type" in node:
            schema = {**node, "components": document["components"]}
            for example in node["examples"]:
                assert list(jsonschema_rs.validator_for(schema).iter_errors(example)) == [], example
                checked += 1
        for one in node.get("examples", {}).values() if isinstance(node.get("examples"), dict) else ():
            if isinstance(one, dict) and "value" in one:
                assert list(said.iter_errors(one["value"])) == [], one
                checked += 1
    assert checked > 100


def test_its_patterns_are_those_of_ecma_262(document: Any) -> None:
    """`\\A` and `\\Z` are Python's: elsewhere they are letters, and programs made from the document refuse all."""
    patterns = {node["pattern"] for node in nodes(document) if isinstance(node.get("pattern"), str)}
    assert len(patterns) > 5
    assert [one for one in patterns if "\\A" in one or "\\Z" in one or not one.startswith("^")] == []


def test_its_names_are_those_that_were_agreed_on(document: Any) -> None:
    """Each name here is in a client's code: a line that changes in the contract is a change of the API."""
    named = sorted(f"{one['operationId']}: {call} ({', '.join(one['tags'])})" for call, one in operations(document))
    assert CONTRACT.read_text().splitlines() == [*named, "", *sorted(document["components"]["schemas"])]


def test_its_names_are_written_by_hand(document: Any) -> None:
    """An operation is a verb and mostly its noun, not a path; a schema a noun, not the place of a class."""
    named = [one["operationId"] for _, one in operations(document)]
    assert [one for one in named if not re.fullmatch(r"[a-z]+(_[a-z]+)+", one) or "api" in one] == []
    assert len(named) == len(set(named))
    schemas = document["components"]["schemas"]
    assert [name for name in schemas if not re.fullmatch(r"([A-Z][a-z]+)+", name.replace("CalDav", ""))] == []
    assert [name for name, schema in schemas.items() if schema["title"] != name] == []


def test_each_operation_has_one_tag_that_is_described(document: Any) -> None:
    described = {tag["name"]: tag["description"] for tag in document["tags"]}
    used = [one["tags"] for _, one in operations(document)]
    assert all(described.values())
    assert {tag for tags in used for tag in tags} == set(described)
    assert all(len(tags) == 1 for tags in used)


def test_control_without_a_name_an_operation_is_no_part_of_it() -> None:
    @get("/api/v1/nameless")
    async def nameless() -> None: ...

    with pytest.raises(ImproperlyConfiguredException, match="nameless is in the document and is no verb with its noun"):
        _ = Litestar([nameless], openapi_config=openapi.config()).openapi_schema


def test_control_two_schemas_of_one_name_are_none(document: Any) -> None:
    document["components"]["schemas"]["server_elsewhere_Booking"] = {"title": "Booking"}
    with pytest.raises(ImproperlyConfiguredException, match="Booking"):
        openapi_names.named(document)


def test_what_is_in_it_is_one_thing(document: Any) -> None:
    """Not a thing or anything, which nothing fits once; nor one type with `null` among its words."""
    assert [node for node in nodes(document) if {} in node.get("oneOf", [])] == []
    assert [node for node in nodes(document) if isinstance(node.get("enum"), list) and None in node["enum"]] == []


def test_files_are_files_and_of_the_kinds_that_are_taken(document: Any) -> None:
    taken = [one["requestBody"]["content"] for _, one in operations(document) if "multipart" in str(one)]
    assert len(taken) == 5
    for content in taken:
        assert set(content) == {"multipart/form-data", "application/octet-stream"}  # generators know no others
        assert re.fullmatch(
            r"[\w./+-]+(, [\w./+-]+)*", content["multipart/form-data"]["encoding"]["file"]["contentType"]
        )
    files = [
        node["application/octet-stream"]["schema"] for node in nodes(document) if "application/octet-stream" in node
    ]
    assert len(files) == 10
    assert all(schema == {"type": "string", "format": "binary"} for schema in files)


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_the_documents_name_calls_that_are_there(page: Path, document: Any) -> None:
    """A path may end in `…`, or name its parameters otherwise."""
    known = {(method.upper(), re.sub(r"\{[^}]*\}", "{}", path)) for method, path in calls(document)}
    for method, path in NAMED.findall(page.read_text()):
        plain = re.sub(r"\{[^}]*\}", "{}", path).rstrip("/.")
        assert any(one == method and other.startswith(plain) for one, other in known), f"{method} {path}"
