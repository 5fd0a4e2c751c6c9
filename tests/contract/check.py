#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""check.py [--routes FILE] [--resources FILE] [--answers FILE] [OPENAPI]

Holds openapi.yaml against itself, against the service's tables of routes and
resources (`portcullis routes --json`, `portcullis resources --json`) and
against answers that the wire tests recorded (WIRE_RECORD). Prints a line for each fault, then "N passed, N failed"."""
import argparse
import json
import re
import sys
from collections import Counter
from pathlib import Path

sys.dont_write_bytecode = True
from contract import Contract, Mistake, query_of, read_text  # noqa: E402
from shapes import shape_faults  # noqa: E402

# Fields of HTTP itself; all others must be documented where they appear.
FRAMING = {"connection", "content-length", "content-type", "date",
           "keep-alive", "transfer-encoding"}


class Tally:
    def __init__(self):
        self.passed = 0
        self.faults = Counter()

    def check(self, subject, faults):
        faults = list(faults)
        self.passed += not faults
        for fault in faults:
            self.faults[f"{subject}: {fault}"] += 1

    def print(self, out=sys.stdout):
        for line, times in self.faults.items():
            print(f"✗ {line}" + (f" (×{times})" if times > 1 else ""), file=out)
        failed = sum(self.faults.values())
        print(f"{self.passed} passed, {failed} failed", file=out)
        return failed == 0 and self.passed > 0


# ---- the document itself ----------------------------------------------------


def examples_of(node):
    yield from node.get("examples", {}).items()
    if "example" in node:
        yield "example", {"value": node["example"]}


def check_document(contract, tally):
    faults = list(contract.schema_faults())
    tally.check("schemas", faults)
    if faults:
        return  # what is no schema cannot be held against anything
    for where, schema, name, example in places(contract.document, ""):
        tally.check(f"{where} example {name}",
                    contract.faults(schema, example["value"]))


def places(node, where, seen=None):
    """Every example beside the schema it must fit, each once."""
    seen = set() if seen is None else seen
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, list):
        for i, item in enumerate(node):
            yield from places(item, f"{where}/{i}", seen)
    elif isinstance(node, dict):
        if isinstance(node.get("schema"), dict):
            for name, example in examples_of(node):
                yield where, node["schema"], name, example
        for key, value in node.items():
            if key not in ("schema", "schemas", "example", "examples"):
                yield from places(value, f"{where}/{key}", seen)


# ---- the routes -------------------------------------------------------------


def check_routes(contract, routes, tally):
    rows = {(row["method"], row["path"]): row for row in routes}
    for key, row in rows.items():
        operation = contract.operations.get(key)
        tally.check(f"routes.def: {key[0]} {key[1]}",
                    route_faults(row, operation))
    for key in contract.operations:
        if key not in rows:
            tally.check(f"openapi.yaml: {key[0]} {key[1]}",
                        ["routes.def has no such route"])


def route_faults(row, operation):
    if operation is None:
        yield "openapi.yaml has no such operation"
        return
    if row["summary"] != operation.summary:
        yield f"its summary is {operation.summary!r} in openapi.yaml"
    if row["permission"] != operation.permission:
        yield f"its x-permission is {operation.permission!r} in openapi.yaml"


# ---- the resources ----------------------------------------------------------


def check_resources(contract, resources, tally):
    schemas = contract.document["components"]["schemas"]
    for resource in resources:
        tally.check(f"shape of {resource['name']}",
                    shape_faults(schemas, resource))


# ---- filters ----------------------------------------------------------------

ANY = {"", "_ne", "_in", "_null"}
ORDER = {"_gt", "_gte", "_lt", "_lte"}
PARTS = {"_like", "_prefix"}


def operators(schema):
    """The suffixes that a member of this schema takes (api.md § 2)."""
    kinds = schema.get("type", [])
    kinds = {kinds} if isinstance(kinds, str) else set(kinds)
    if "object" in kinds:
        return set()
    if schema.keys() & {"enum", "x-extensible-enum"} or \
            kinds & {"boolean", "array"}:
        return ANY
    if "string" in kinds and "format" not in schema or \
            schema.get("format") == "uri":
        return ANY | ORDER | PARTS
    return ANY | ORDER


def check_filters(contract, tally):
    """Lists can be filtered by each stored member, by its type's operators."""
    for operation in contract.operations.values():
        if operation.query("filter"):
            tally.check(f"filters of {operation.template}",
                        borrowed_faults(contract, operation)
                        if operation.filters_of else filter_faults(operation))


def filter_faults(operation):
    part = operation.responses["200"]["content"]["application/json"][
        "schema"]["items"]["anyOf"]
    stored = set(part[0]["required"])
    wanted = {name + suffix for name, schema in part[1]["properties"].items()
              if name in stored for suffix in operators(schema)}
    given = {name for place, name in operation.parameters if place == "query"}
    for name in sorted(wanted - given):
        yield f"{name} is not documented"
    for name in sorted(given - wanted):
        for member in stored:
            if re.fullmatch(member + "_[a-z]+", name) and name not in stored:
                yield f"{name} is documented"


def borrowed_faults(contract, operation):
    """What takes a list's filters takes all of them."""
    listing = contract.operations["GET", operation.filters_of]
    members = listing.responses["200"]["content"]["application/json"][
        "schema"]["items"]["anyOf"][1]["properties"]
    for place, name in listing.parameters:
        if place == "query" and operation.query(name) is None and any(
                re.fullmatch(member + "(_[a-z]+)?", name)
                for member in members):
            yield f"{name} is not documented"


# ---- answers ----------------------------------------------------------------


class Answer:
    def __init__(self, row):
        self.method = row["method"]
        self.target = row["path"]
        self.status = row["status"]
        self.body = row["body"]
        self.fields = {}
        for line in row["head"].split("\r\n")[1:]:
            name, colon, value = line.partition(":")
            if colon:
                self.fields.setdefault(name.lower(), []).append(value.strip())

    def is_packed(self):
        return "content-encoding" in self.fields

    def media_type(self):
        given = self.fields.get("content-type", [""])[0]
        return given.partition(";")[0].strip().lower()


def check_answers(contract, lines, tally):
    for line in lines:
        answer = Answer(json.loads(line))
        template, operation = contract.find(answer.method, answer.target)
        tally.check(
            f"{answer.method} {template or answer.target[:60]} {answer.status}",
            answer_faults(contract, answer, template, operation))


def answer_faults(contract, answer, template, operation):
    if answer.target == "/" and answer.status < 400:
        return []  # to bytes that a test wrote itself: nobody knows the path
    response = response_of(contract, answer, template, operation)
    if response is None:
        return ["this status is not documented"]
    faults = field_faults(contract, answer, response)
    faults += body_faults(contract, answer, response)
    if operation and answer.status < 400:
        faults += query_faults(contract, answer, operation)
    if operation and answer.status == 200 and not faults and \
            not answer.is_packed():
        faults += selection_faults(answer, operation, response)
    return faults


def response_of(contract, answer, template, operation):
    """Of the operation; or of what meets requests that reach none."""
    if operation:
        return operation.response(answer.status)
    elsewhere = contract.document["x-elsewhere"]
    if answer.method == "OPTIONS" and (template or answer.target == "*"):
        return elsewhere["options"].get(str(answer.status))
    responses = elsewhere["known-path" if template else "unknown-path"]
    return responses.get(str(answer.status))


def field_faults(contract, answer, response):
    everywhere = contract.document.get("x-everywhere", {}).get("headers", {})
    documented = {n.lower(): (n, h) for n, h in
                  [*everywhere.items(), *response.get("headers", {}).items()]}
    faults = [f"{name} is not documented" for name in answer.fields
              if name not in documented and name not in FRAMING]
    for key, (name, header) in documented.items():
        values = answer.fields.get(key, [])
        if header.get("required") and not values:
            faults.append(f"{name} is missing")
        if len(values) > 1:
            faults.append(f"{name} is there {len(values)} times")
        for value in values:
            faults += [f"{name}{fault}" for fault in contract.faults(
                header["schema"], read_text(header["schema"], value))]
    return faults


def body_faults(contract, answer, response):
    media = answer.media_type()
    content = response.get("content", {})
    if not content:
        return [f"a body of {len(answer.body)} bytes where none is documented"
                ] if answer.body else []
    if media not in content:
        return [f"the media type {media or '(none)'} is not documented"]
    if answer.is_packed():
        return []  # the record holds text only: the test itself unpacks it
    value = answer.body
    if media == "application/json" or media.endswith("+json"):
        try:
            value = json.loads(answer.body, object_pairs_hook=no_repeats)
        except ValueError as error:
            return [f"the body is no JSON: {error}"]
    if media == "application/problem+json" and \
            value.get("status") != answer.status:
        return [f"the problem's status is {value.get('status')}"]
    return contract.faults(content[media]["schema"], value)


def no_repeats(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is there twice")
    return members


def query_faults(contract, answer, operation):
    """What was accepted must be documented, name and value."""
    faults = []
    for name, text in query_of(answer.target):
        parameter = operation.query(name)
        if parameter is None:
            faults.append(f"the parameter {name} is not documented")
            continue
        value = read_text(
            parameter["schema"], text, parameter.get("explode", True))
        faults += [f"the parameter {name}{fault}" for fault in
                   contract.faults(parameter["schema"], value)]
    return faults


def selection_faults(answer, operation, response):
    """Objects have all their members, or exactly those that were asked for."""
    content = response.get("content", {})
    if operation.query("fields") is None or "application/json" not in content:
        return []
    asked = dict(query_of(answer.target))
    schema = content["application/json"]["schema"]
    whole = schema.get("items", schema)["anyOf"][0]
    wanted = asked["fields"].split(",") if "fields" in asked \
        else whole["required"]
    wanted = set(wanted) | set(filter(None, asked.get("embed", "").split(",")))
    value = json.loads(answer.body)
    return [f"the members are not those asked for: "
            f"{sorted(set(item) ^ wanted)}"
            for item in (value if isinstance(value, list) else [value])
            if set(item) != wanted][:1]


# ---- the command ------------------------------------------------------------


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("openapi", nargs="?", default=Path(
        __file__).parents[2] / "openapi.yaml", help="openapi.yaml")
    options.add_argument("--routes", help="of `portcullis routes --json`")
    options.add_argument("--resources", help="of `portcullis resources --json`")
    options.add_argument("--answers", help="JSON lines of WIRE_RECORD")
    options = options.parse_args()
    tally = Tally()
    try:
        contract = Contract.load(options.openapi)
    except Mistake as mistake:
        sys.exit(f"openapi.yaml: {mistake}")
    check_document(contract, tally)
    check_filters(contract, tally)
    if options.routes:
        with open(options.routes, encoding="utf-8") as file:
            check_routes(contract, json.load(file), tally)
    if options.resources:
        with open(options.resources, encoding="utf-8") as file:
            check_resources(contract, json.load(file), tally)
    if options.answers:
        with open(options.answers, encoding="utf-8") as file:
            check_answers(contract, file, tally)
    sys.exit(0 if tally.print() else 1)


if __name__ == "__main__":
    main()
