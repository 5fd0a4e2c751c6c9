# SPDX-License-Identifier: MIT
"""What openapi.yaml must say of a resource, made of its shape as
`portcullis resources --json` prints it. The check holds the document against
this, and describe.py writes it."""

KINDS = {
    "text": {"type": "string"},
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "uuid": {"type": "string", "format": "uuid"},
    "date": {"type": "string", "format": "date"},
    "timestamp": {"type": "string", "format": "date-time"},
    "enum": {"type": "string"},
    "text list": {"type": "array"},
    "object": {"type": "object"},
}
# What no shape says in a machine's words: the document may add it.
BESIDE = {"description", "summary", "title", "examples", "pattern", "default",
          "additionalProperties", "minProperties", "properties",
          "x-extensible-enum"}


def texts(member):
    limits = {"minLength": member.get("min"), "maxLength": member.get("max")}
    return {name: value for name, value in limits.items() if value}


def member_schema(member):
    """The rules of one member in the words of JSON Schema."""
    schema = dict(KINDS[member["type"]])
    if member["type"] == "text":
        schema |= texts(member)
    elif member["type"] == "text list":
        schema |= {"items": {"type": "string"} | texts(member)}
        if "items_max" in member:
            schema["maxItems"] = member["items_max"]
    elif member["type"] == "integer" and "max" in member:
        schema |= {"minimum": member["min"], "maximum": member["max"]}
    if "choices" in member:
        schema["enum"] = list(member["choices"])
    if member.get("read_only"):
        schema["readOnly"] = True
    if member.get("nullable"):
        schema["type"] = [schema["type"], "null"]
        if "enum" in schema:
            schema["enum"].append(None)
    return schema


def schema_name(resource):
    """"Bill" """
    return "".join(word.capitalize() for word in resource["singular"].replace("_", " ").split())


def written(resource):
    return [m for m in resource["members"] if not m.get("read_only")]


def required(resource):
    return [m["name"] for m in resource["members"] if m.get("required")]


def embeds(resource):
    return [embed["name"] for embed in resource.get("embeds", [])]


# ---- the check --------------------------------------------------------------


def shape_faults(schemas, resource):
    """Where the document's schemas of a resource differ from its shape. Those
    of changes are there only where it can be changed."""
    name = schema_name(resource)
    names = [m["name"] for m in resource["members"]]
    changed = [k for k in ("Patch", "Replacement") if name + k in schemas]
    needed = [name, name + "Part", name + "New"]
    missing = [n for n in needed if n not in schemas]
    if missing:
        return [f"the schema {n} is missing" for n in missing]
    part = schemas[name + "Part"]["properties"]
    faults = differ(f"{name}Part", part, names + embeds(resource))
    faults += differ(name + (changed or ["New"])[0],
                     schemas[name + (changed or ["New"])[0]]["properties"],
                     [m["name"] for m in written(resource)])
    faults += differ(f"{name} requires", schemas[name]["required"], names)
    for kind in ["New"] + [k for k in changed if k == "Replacement"]:
        faults += differ(f"{name}{kind} requires",
                         schemas[name + kind].get("required", []),
                         required(resource))
    for member in resource["members"]:
        faults += member_faults(f"{name}.{member['name']}", member,
                                part.get(member["name"], {}))
    return faults


def differ(where, given, wanted):
    return [f"{where}: {n} is missing" for n in wanted if n not in given] + \
           [f"{where}: {n} is not in the shape" for n in given
            if n not in wanted]


def member_faults(where, member, schema):
    wanted = member_schema(member)
    more = set() if member.get("read_only") else schema.keys() - BESIDE
    for word in sorted(wanted.keys() | more):
        if word == "items":
            yield from member_faults(f"{where}[]", {"type": "text"} | {
                k: member[k] for k in ("min", "max") if k in member},
                schema.get("items", {}))
        elif word == "format" and member["type"] == "text":
            pass  # `uri` says more than a shape's rule in prose
        elif wanted.get(word) != schema.get(word):
            yield (f"{where}: {word} is {schema.get(word)!r}, "
                   f"not {wanted.get(word)!r}")
    if "members" in member:
        inner = schema.get("properties", {})
        yield from differ(where, inner, [m["name"] for m in member["members"]])
        for part in member["members"]:
            yield from member_faults(f"{where}.{part['name']}", part,
                                     inner.get(part["name"], {}))
