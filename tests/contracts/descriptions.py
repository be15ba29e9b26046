"""The vendors' own descriptions of their interfaces, and what our adapters send, held against them.

The files stand beside the repository (`../shared/specs`) and are no part of it: tests that want one are skipped where
it is absent. OpenAPI 3.0, 3.1 and Swagger 2.0 are read alike.
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import jsonschema
import pytest
import yaml

SPECS = Path(__file__).parents[2].parent / "shared" / "specs"
VERBS = ("get", "post", "put", "patch", "delete")
ANY_CALL = {"host", "accept", "accept-encoding", "connection", "user-agent", "content-length", "content-type"}
"""Headers of HTTP itself, which no description lists."""


class _WithoutDates(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML in which a date is a text, as it is in JSON."""

    yaml_implicit_resolvers = {
        first: [(tag, shape) for tag, shape in known if tag != "tag:yaml.org,2002:timestamp"]
        for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


class Operation(NamedTuple):
    """What is described of one call."""

    described: dict[str, Any]
    parameters: list[dict[str, Any]]
    in_path: dict[str, str]
    """The values that stand in the address."""


class Description:
    """One vendor's description. `spec` is the file, less the faults that are known."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec = spec

    @cached_property
    def _form(self) -> dict[str, Any]:
        """The description with its schemas in the words of JSON Schema."""
        form: dict[str, Any] = nullable(self.spec)
        return form

    def check(self, value: object, schema: str | Mapping[str, Any]) -> None:
        """A value against a schema, or against one of the description's, by its name. Raises `ValidationError`."""
        named = {"$ref": f"#/components/schemas/{schema}"} if isinstance(schema, str) else schema
        shared = {name: self._form[name] for name in ("components", "definitions") if name in self._form}
        kind = jsonschema.Draft202012Validator
        jsonschema.validate(value, {**named, **shared}, kind, format_checker=kind.FORMAT_CHECKER)

    def operation(self, method: str, path: str) -> Operation | None:
        """What is described of a call; None where nothing is."""
        for template in sorted(self._form["paths"], key=lambda one: one.count("{")):
            found, shape = (
                self._form["paths"][template],
                re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template)),
            )
            matched = re.fullmatch(shape, path)
            if matched and method.lower() in VERBS and method.lower() in found:
                described = found[method.lower()]
                given = [*found.get("parameters", []), *described.get("parameters", [])]
                return Operation(described, [self._resolved(one) for one in given], matched.groupdict())
        return None

    def check_request(
        self, request: httpx.Request, *, below: str = "", undescribed: frozenset[str] = frozenset()
    ) -> None:
        """A request against what is described of it: address, query, headers and body, and nothing beyond.

        `below` is the path of the base address. `undescribed` names the query parameters that no description knows.
        Raises `AssertionError` or `ValidationError`.
        """
        found = self.operation(request.method, request.url.path.removeprefix(below))
        assert found is not None, f"{request.method} {request.url.path} is not described"
        query = {name: value for name, value in request.url.params.multi_items() if name not in undescribed}
        self._check_parameters(found, "path", found.in_path)
        self._check_parameters(found, "query", query)
        self._check_headers(found, request.headers)
        self._check_body(found, request)

    def _check_parameters(self, found: Operation, place: str, given: Mapping[str, str]) -> None:
        known = {one["name"]: one for one in found.parameters if one["in"] == place}
        assert set(given) <= set(known), f"not described: {set(given) - set(known)}"
        assert {name for name, one in known.items() if one.get("required")} <= set(given)
        for name, value in given.items():
            schema = known[name].get("schema") or {"type": known[name]["type"]}  # Swagger 2.0 has no `schema` here
            self.check(meant(value, self._resolved(schema)), schema)

    def _check_headers(self, found: Operation, given: httpx.Headers) -> None:
        described = {one["name"].lower(): one for one in found.parameters if one["in"] == "header"}
        schemes = self._schemes()
        keys = {header_of(scheme) for scheme in schemes.values()}
        beyond = {name.lower() for name in given} - ANY_CALL
        assert beyond <= keys | set(described), f"not described: {beyond - keys - set(described)}"
        values = {described[name]["name"]: given[name] for name in beyond & set(described)}
        self._check_parameters(found, "header", values)
        for one in found.described.get("security", self._form.get("security", []))[:1]:
            for scheme in map(schemes.__getitem__, one):
                assert given[header_of(scheme)].startswith("Bearer " if scheme["type"] == "http" else "")

    def _schemes(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = self._form.get("components", {}).get("securitySchemes", {})
        return found or self._form.get("securityDefinitions", {})

    def _check_body(self, found: Operation, request: httpx.Request) -> None:
        if "requestBody" not in found.described:
            assert not request.content, "no body is described"
            return
        assert request.headers["content-type"] == "application/json"
        schema, body = (
            found.described["requestBody"]["content"]["application/json"]["schema"],
            json.loads(request.content),
        )
        self.check(body, schema)
        self._check_fields(body, schema)

    def _check_fields(self, body: object, schema: dict[str, Any]) -> None:
        """No field that is not described, at any depth: a misspelled one would be left alone in silence."""
        if isinstance(body, list):
            for value in body:
                self._check_fields(value, self._resolved(schema).get("items", {}))
        if isinstance(body, dict):
            known = self._fields(schema)
            free = self._resolved(schema).get("additionalProperties")  # names that each bank has of its own
            assert isinstance(free, dict) or set(body) <= set(known), f"not described: {set(body) - set(known)}"
            for name, value in body.items():
                self._check_fields(value, known.get(name, free))

    def _fields(self, schema: dict[str, Any]) -> dict[str, Any]:
        own = self._resolved(schema)
        found = dict(own.get("properties", {}))
        for part in [part for word in ("allOf", "anyOf", "oneOf") for part in own.get(word, [])]:
            found |= self._fields(part)
        return found

    def _resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in node:
            found = self._form
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            node = found
        return node


def described(name: str) -> Description:
    """The description in that file of `../shared/specs`. Skips the test where it is absent."""
    if not (SPECS / name).exists():
        pytest.skip(f"the vendor's API description is not here: ../shared/specs/{name}")
    return _read(name)


@cache
def _read(name: str) -> Description:
    text = (SPECS / name).read_text("utf-8")
    spec = json.loads(text) if name.endswith(".json") else yaml.load(text, _WithoutDates)
    FAULTS.get(name, lambda spec: None)(spec)
    return Description(spec)


def nullable(node: Any) -> Any:
    """OpenAPI 3.0's `nullable`, as JSON Schema says it."""
    if isinstance(node, list):
        return [nullable(one) for one in node]
    if not isinstance(node, dict):
        return node
    inner = {name: nullable(one) for name, one in node.items()}
    return {"anyOf": [{"type": "null"}, inner]} if node.get("nullable") is True else inner


def meant(value: str, schema: Mapping[str, Any]) -> object:
    """The value that a text in an address stands for; the text itself where it stands for none of that type."""
    if schema.get("type") == "array":
        return value.split(",")
    if schema.get("type") not in ("integer", "number", "boolean"):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def header_of(scheme: Mapping[str, Any]) -> str:
    """The header in which we say who we are."""
    return str(scheme.get("name", "Authorization")).lower()


# What the descriptions say wrong


def _mend_powens(spec: dict[str, Any]) -> None:
    schemas = spec["components"]["schemas"]
    # /auth/renew requires a `code` that it does not define: a copy of /auth/token/access.
    schemas["RenewAccessTokenRequest"]["allOf"][1]["required"].remove("code")
    # A state may be null by its type, but the enumeration forbids it, and a connection's matches twice.
    schemas["ConnectionState"]["enum"].append(None)
    schemas["Connection"]["properties"]["state"] = {"$ref": "#/components/schemas/ConnectionState"}


def _mend_plaid(spec: dict[str, Any]) -> None:
    # The one example has no page, as where Hosted Link was not asked for.
    answers = spec["paths"]["/link/token/create"]["post"]["responses"]["200"]["content"]["application/json"]
    answers["examples"]["example-1"]["value"]["hosted_link_url"] = "https://secure.plaid.com/hl/lp0000example"


def _mend_enablebanking(spec: dict[str, Any]) -> None:
    # `uuid4` is no format of JSON Schema; the same id in an address is a `uuid`.
    spec["components"]["schemas"]["AuthorizeSessionResponse"]["properties"]["session_id"]["format"] = "uuid"


POWENS = "powens/powens-bundled.json"
POWENS_2021 = "powens/budgea-2021-swagger2.json"
"""Older, and the only one that knows the forced synchronisation."""
PLAID = "plaid/plaid-trimmed.json"
ENABLEBANKING = "enablebanking/enablebanking-2026.openapi.yml"

FAULTS: Mapping[str, Callable[[dict[str, Any]], None]] = {
    POWENS: _mend_powens,
    PLAID: _mend_plaid,
    ENABLEBANKING: _mend_enablebanking,
}
