# SPDX-License-Identifier: MIT
"""openapi.yaml, read so that it can be asked: which operation is this, what
may it answer. References are replaced by what they name when the file is read,
so that nothing is looked up per answer."""
import json
import re
from datetime import date, datetime
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import UUID

import yaml
from jsonschema import Draft202012Validator, FormatChecker

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
ANNOTATIONS = {"description", "summary", "title", "readOnly", "examples"}

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
URI_REFERENCE = re.compile(r"[^\s<>\"{}|\\^`]*")


def is_uuid(value):
    return str(UUID(value)) == value.lower()


def is_moment(value):
    return bool(MOMENT.fullmatch(value)) and bool(
        datetime.fromisoformat(value[:19]))


def is_date(value):
    return bool(re.fullmatch(r"\d{4}-\d\d-\d\d", value)) and bool(
        date.fromisoformat(value))


FORMATS = FormatChecker(formats=())
for name, looks_right in {
    "uuid": is_uuid,
    "date": is_date,
    "date-time": is_moment,
    "uri": URI.fullmatch,
    "uri-reference": URI_REFERENCE.fullmatch,
}.items():
    FORMATS.checks(name, raises=ValueError)(
        lambda value, looks_right=looks_right:
        not isinstance(value, str) or looks_right(value))


class Mistake(Exception):
    """The document itself is wrong."""


class Loader(yaml.SafeLoader):
    """Of two members of one name YAML's own loader drops the first."""

    def construct_mapping(self, node, deep=False):
        names = set()
        for key, _ in node.value:
            name = self.construct_object(key, deep=True)
            if name in names:
                raise Mistake(f"line {key.start_mark.line + 1}: "
                              f"{name!r} is given twice")
            names.add(name)
        return super().construct_mapping(node, deep)


class Contract:
    def __init__(self, document):
        self.source = document
        self.done = {}
        self.document = self._resolved(document)
        self.operations = {}
        self.templates = []
        self.validators = {}
        for template, item in self.document["paths"].items():
            self.templates.append(Template(template))
            for method in METHODS:
                if method in item:
                    self.operations[method.upper(), template] = Operation(
                        method.upper(), template, item)
        # a literal segment goes before a parameter
        self.templates.sort(key=lambda t: t.rank)

    @classmethod
    def load(cls, path):
        with open(path, encoding="utf-8") as file:
            return cls(yaml.load(file, Loader))

    def _target(self, reference):
        if not reference.startswith("#/"):
            raise Mistake(f"{reference} is not within this document")
        node = self.source
        for part in reference[2:].split("/"):
            part = unquote(part).replace("~1", "/").replace("~0", "~")
            if not isinstance(node, dict) or part not in node:
                raise Mistake(f"{reference} names nothing")
            node = node[part]
        return node

    def _resolved(self, node):
        """The same tree with every {"$ref": …} replaced. Parts that several
        places refer to are shared; a reference to itself becomes a cycle."""
        if isinstance(node, list):
            return [self._resolved(item) for item in node]
        if not isinstance(node, dict):
            return node
        if id(node) in self.done:
            return self.done[id(node)]
        if "$ref" in node:
            target = self._resolved(self._target(node["$ref"]))
            beside = {k: v for k, v in node.items() if k != "$ref"}
            if not set(beside) <= ANNOTATIONS:
                target = {"allOf": [target], **self._resolved(beside)}
            self.done[id(node)] = target
            return target
        self.done[id(node)] = resolved = {}
        for key, value in node.items():
            resolved[key] = self._resolved(value)
        return resolved

    def faults(self, schema, value):
        """What is wrong with the value, as texts; empty when it is valid."""
        validator = self.validators.get(id(schema))
        if validator is None:
            validator = Draft202012Validator(schema, format_checker=FORMATS)
            self.validators[id(schema)] = validator
        faults = [
            "".join(f"/{p}" for p in e.absolute_path) + f": {shorten(e.message)}"
            for e in (deepest(e) for e in validator.iter_errors(value))
        ]
        if "contentSchema" in schema and not faults:
            faults = self.content_faults(schema["contentSchema"], value)
        return faults

    def content_faults(self, schema, text):
        try:
            return self.faults(schema, json.loads(text))
        except ValueError as error:
            return [f": no JSON: {error}"]

    def schema_faults(self):
        meta = Draft202012Validator(Draft202012Validator.META_SCHEMA)
        for where, schema in schemas_of(self.source, ""):
            for error in meta.iter_errors(schema):
                yield f"{where}: {shorten(error.message)}"

    def find(self, method, target):
        """(template or None, operation or None)"""
        segments = segments_of(target)
        for template in self.templates:
            if template.matches(segments):
                return template.path, self.operations.get(
                    ("GET" if method == "HEAD" else method, template.path))
        return None, None


class Template:
    def __init__(self, path):
        self.path = path
        self.segments = [
            None if s.startswith("{") else s for s in path.split("/")]
        self.rank = [s is None for s in self.segments]

    def matches(self, segments):
        return len(segments) == len(self.segments) and all(
            mine in (None, theirs)
            for mine, theirs in zip(self.segments, segments))


class Operation:
    def __init__(self, method, template, item):
        row = item[method.lower()]
        self.method = method
        self.template = template
        self.summary = row.get("summary")
        self.permission = row.get("x-permission")
        self.filters_of = row.get("x-filters-of")
        self.responses = row["responses"]
        self.parameters = {
            (p["in"], p["name"]): p
            for p in item.get("parameters", []) + row.get("parameters", [])}

    def query(self, name):
        return self.parameters.get(("query", name))

    def response(self, status):
        """The documented response; `default` only stands for the statuses
        that it lists itself."""
        found = self.responses.get(str(status))
        if found is None and "default" in self.responses:
            default = self.responses["default"]
            if status in default.get("x-statuses", [status]):
                return default
        return found


def schemas_of(node, where):
    """Every schema of the document as it is written, with its place."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "schema":
                yield where, value
            elif key == "schemas":
                yield from value.items()
            else:
                yield from schemas_of(value, f"{where}/{key}")
    elif isinstance(node, list):
        for i, item in enumerate(node):
            yield from schemas_of(item, f"{where}/{i}")


def segments_of(target):
    return [unquote(s) for s in urlsplit("//h" + target).path.split("/")]


def query_of(target):
    return parse_qsl(urlsplit("//h" + target).query, keep_blank_values=True)


def read_text(schema, text, explode=False):
    """A parameter's or field's text as the value its schema speaks of."""
    kinds = schema.get("type", "string")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if "array" in kinds:
        return [read_text(schema["items"], part)
                for part in ([text] if explode else text.split(","))]
    if "integer" in kinds and re.fullmatch(r"[+-]?\d+", text):
        return int(text)
    if "boolean" in kinds and text in ("true", "false"):
        return text == "true"
    return text


def deepest(error):
    """Of the alternatives of a failed anyOf, the fault that lies deepest."""
    while error.context:
        error = max(error.context, key=lambda e: len(e.absolute_path))
    return error


def shorten(text):
    return text if len(text) <= 160 else text[:157] + "…"
