#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""describe.py --resources FILE [--like NAME] NAME EXAMPLE [OPENAPI]

Writes a resource that has a shape and routes, but no place in openapi.yaml
yet, into it: its paths as they are written there for a resource that it is
like, its filters and schemas as its shape has them (`portcullis resources
--json`), its examples of one object, a file of JSON as a client would POST it.
What is left to do is to say in prose what no shape knows."""
import argparse
import json
import re
import sys
import textwrap
from pathlib import Path

import yaml

sys.dont_write_bytecode = True
from check import operators  # noqa: E402
from shapes import (embeds, member_schema, required,  # noqa: E402
                    schema_name, written)

COMMON = {"id": "Id", "version": "Version", "created_at": "CreatedAt",
          "updated_at": "UpdatedAt", "deleted_at": "DeletedAt"}
ONE = {"text": "Text", "text list": "Text", "integer": "Integer",
       "uuid": "Uuid", "date": "Date", "timestamp": "Moment",
       "boolean": "Boolean"}
IMPLIED = {"f": False, "t": True, "{}": []}
ID = "019a2f4b-11c2-7f0a-8e64-93d5a1b6c8f1"
MOMENT = "2026-11-21T08:28:41.004217Z"


def ref(kind, name):
    return {"$ref": f"#/components/{kind}/{name}"}


def text_of(value, depth):
    """YAML in the document's way: what is smallest stands on one line."""
    text = yaml.safe_dump(value, sort_keys=False, allow_unicode=True,
                          default_flow_style=None, width=110)
    return textwrap.indent(text, " " * depth)


def one(resource):
    """"a bill", "an office" """
    singular = resource["singular"]
    return ("an " if singular[0] in "aeiou" else "a ") + singular


# ---- what the shape says ----------------------------------------------------


def enum_name(resource, member):
    return f"Any{schema_name(resource)}{member['name'].title().replace('_', '')}"


def filters(resource):
    """A line for each member and operator, as check.py asks for them."""
    for member in resource["members"]:
        if not member.get("can_filter"):
            continue
        name, kind = member["name"], member["type"]
        lists = kind in ("enum", "integer", "uuid")
        for suffix in sorted(operators(member_schema(member))):
            if suffix == "_null":
                schema = "Whether"
            elif suffix in ("", "_ne", "_in", "_like", "_prefix"):
                schema = (enum_name(resource, member) if kind == "enum"
                          else "Any" + ONE[kind])
            else:
                schema = "One" + ONE[kind]
            explode = suffix == "_in" or lists and suffix in ("", "_ne")
            yield (f"        - {{name: {name}{suffix}, in: query, "
                   + ("explode: false, " if explode else "")
                   + f"schema: {{$ref: '#/components/schemas/{schema}'}}}}")


def keys(resource):
    return [m["name"] for m in resource["members"] if m.get("natural_key")]


def embedded(resource, embed, singulars):
    schema = ref("schemas", singulars[embed["of"]])
    about = {"description": f"Only with `embed={embed['name']}`.",
             "readOnly": True}
    if embed.get("list"):
        return about | {"type": "array", "items": schema}
    return about | {"oneOf": [schema, {"type": "null"}]}


def schemas(resource, singulars):
    name = schema_name(resource)
    members = {m["name"]: ref("schemas", COMMON[m["name"]])
               if m["name"] in COMMON else member_schema(m)
               for m in resource["members"]}
    joined = {e["name"]: embedded(resource, e, singulars)
              for e in resource.get("embeds", [])}
    defaults = {m["name"]: {"default": IMPLIED.get(m["initial"], m["initial"])}
                for m in written(resource) if "initial" in m}
    yield name, {
        "description": f"{one(resource)} with all its members.".capitalize(),
        "allOf": [ref("schemas", name + "Part")],
        "required": list(members)}
    yield name + "Part", {
        "description": f"{one(resource)}, or those of its members that were "
                       "asked for.".capitalize(),
        "type": "object", "additionalProperties": False, "minProperties": 1,
        "properties": members | joined}
    yield name + "New", {
        "description": f"What a client may say about a new {resource['singular']}.",
        "allOf": [ref("schemas", name + "Patch")],
        "required": required(resource),
        **({"properties": defaults} if defaults else {})}
    yield name + "Patch", {
        "description": f"What a client may say about {one(resource)}.",
        "type": "object", "additionalProperties": False,
        "properties": {m["name"]: ref("schemas",
                                      f"{name}Part/properties/{m['name']}")
                       for m in written(resource)}}
    yield name + "Replacement", {
        "description": f"A new {resource['singular']} in the place of the old; read-only "
                       "members are ignored.",
        "allOf": [ref("schemas", name + "Part")],
        "required": required(resource)}
    for member in resource["members"]:
        if "choices" in member:
            yield enum_name(resource, member), {
                "type": "array", "minItems": 1,
                "items": {"type": "string", "enum": member["choices"]}}


def examples(resource, given):
    name, singular = schema_name(resource), resource["singular"]
    least = {n: given[n] for n in required(resource)}
    rest = {n: v for n, v in given.items() if n not in least}
    common = {"id": ID, "version": 1, "created_at": MOMENT,
              "updated_at": MOMENT, "deleted_at": None}
    whole = common | {m["name"]: given.get(m["name"], IMPLIED.get(
        m.get("initial"), m.get("initial"))) for m in resource["members"]
        if m["name"] not in common}
    yield name, {"summary": one(resource).capitalize(), "value": whole}
    yield name + "Page", {"summary": f"A page with one {singular}",
                          "value": [dict(whole)]}
    yield name + "Patch", {"summary": "Some members", "value": rest or least}
    yield name + "NewLeast", {"summary": f"What {one(resource)} needs",
                              "value": least}
    yield name + "NewFull", {"summary": "With all there is to say",
                             "value": given}


# ---- what the resource that it is like says ---------------------------------


def renamed(text, model, resource):
    """Everything that is said of the model, said of the resource."""
    for change in (str, str.capitalize):
        text = re.sub(rf"\b{change(one(model))}\b", change(one(resource)), text)
    for old, new in (("name", "name"), ("singular", "singular")):
        for change in (str, str.capitalize):
            text = text.replace(change(model[old]), change(resource[new]))
    return text.replace("as they are", "as it is").replace(
        "whole of them", "whole of it")


def paths(document, model, resource):
    """The model's collection, its objects and their restoring."""
    for end in ("", "/{id}", "/{id}/restore"):
        block = find(document, f"  /v1/{model['name']}{end}:")
        text, wanted = [], embeds(resource)
        for line in block:
            if f"{schema_name(model)}Embed'" in line:
                continue
            if re.match(r" +- \{name: \w+, in: query", line):
                if not any("name: id," in other for other in text):
                    text += filters(resource)
                continue
            text.append(renamed(line, model, resource))
            if wanted and line.endswith("/parameters/Fields'"):
                text.append(line.replace("Fields",
                                         schema_name(resource) + "Embed"))
        yield from text


# ---- the document as lines --------------------------------------------------


def place(document, head):
    """Where the block of this head begins and ends."""
    if head not in document:
        sys.exit(f"describe.py: openapi.yaml has no line {head!r}")
    begin = document.index(head)
    depth = len(head) - len(head.lstrip())
    end = begin + 1
    while end < len(document) and (
            not document[end].strip() or
            len(document[end]) - len(document[end].lstrip()) > depth):
        end += 1
    while not document[end - 1].strip():
        end -= 1
    return begin, end


def find(document, head):
    begin, end = place(document, head)
    return document[begin:end]


def add_behind(document, head, text):
    end = place(document, head)[1]
    document[end:end] = text.rstrip("\n").split("\n")


def describe(document, resource, model, given, singulars):
    old, new = schema_name(model), schema_name(resource)
    add_behind(document, f"  /v1/{model['name']}/{{id}}/restore:",
               "\n".join(paths(document, model, resource)))
    add_behind(document, f"  - name: {model['name'].capitalize()}",
               f"  - name: {resource['name'].capitalize()}\n"
               f"    description: {resource['name'].capitalize()}, "
               f"each known by its {' and '.join(keys(resource))}.")
    if embeds(resource):
        add_behind(document, "    Fields:", text_of({new + "Embed": {
            "name": "embed", "in": "query",
            "description": f"Related objects to put into each "
                           f"{resource['singular']}.",
            "style": "form", "explode": False,
            "schema": {"type": "array", "minItems": 1, "items": {
                "type": "string", "enum": embeds(resource)}},
            "example": embeds(resource)[:1]}}, 4))
    stored = find(document, f"    {old}Stored:")
    add_behind(document, f"    {old}Stored:",
               renamed("\n".join(stored), model, resource))
    add_behind(document, f"    {old}Replacement:",
               text_of(dict(schemas(resource, singulars)), 4))
    add_behind(document, f"    {old}NewFull:",
               text_of(dict(examples(resource, given)), 4))


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("name", help="of the resource: committees")
    options.add_argument("example", type=Path, help="one object, as JSON")
    options.add_argument("openapi", type=Path, nargs="?", default=Path(
        __file__).parents[2] / "openapi.yaml")
    options.add_argument("--resources", required=True, type=Path)
    options.add_argument("--like", default="people")
    options = options.parse_args()
    known = {r["name"]: r for r in json.loads(options.resources.read_text())}
    for name in (options.name, options.like):
        if name not in known:
            sys.exit(f"describe.py: resources.def has no {name}")
    document = options.openapi.read_text().split("\n")
    if f"  /v1/{options.name}:" in document:
        sys.exit(f"describe.py: openapi.yaml describes {options.name} already")
    describe(document, known[options.name], known[options.like],
             json.loads(options.example.read_text()),
             {name: schema_name(r) for name, r in known.items()})
    options.openapi.write_text("\n".join(document))


if __name__ == "__main__":
    main()
