# SPDX-License-Identifier: MIT
"""The shapes of src/app/verbs.def (src/command/verb.h tells their grammar), and
documents held against them."""

import re

TOKEN = re.compile(r"[{}\[\],:?]|[\w*]+")
SCALARS = {"text": str, "number": (int, float), "boolean": bool}


class Shape:
    """Reads a shape at once; `differ` tells in words what does not fit."""

    def __init__(self, text):
        self.tokens = TOKEN.findall(text)
        self.root = self.shape()
        assert not self.tokens, f"behind the shape stands {self.tokens}"

    def take(self, wanted=None):
        token = self.tokens.pop(0)
        assert wanted in (None, token), f"{wanted} is wanted, not {token}"
        return token

    def shape(self):
        token = self.take()
        if token == "[":
            inner = self.shape()
            self.take("]")
            return [inner]
        if token == "{":
            return self.members()
        assert token in SCALARS or token == "any", f"{token} is no shape"
        return token

    def members(self):
        members = {}
        while self.tokens[0] != "}":
            name = self.take()
            nullable = self.tokens[0] == "?" and bool(self.take())
            inner = "text"
            if self.tokens[0] == ":":
                self.take()
                inner = self.shape()
            members[name] = (nullable, inner)
            if self.tokens[0] == ",":
                self.take()
        self.take("}")
        return members

    def differ(self, value):
        return differ(self.root, value, "it")


def differ(shape, value, where):
    if isinstance(shape, list):
        if not isinstance(value, list):
            return f"{where} is no list"
        found = (differ(shape[0], item, f"{where}[{at}]") for at, item in enumerate(value))
        return next((fault for fault in found if fault), None)
    if isinstance(shape, dict):
        return differ_members(shape, value, where)
    fits = shape == "any" or (isinstance(value, SCALARS[shape])
                              and isinstance(value, bool) == (shape == "boolean"))
    return None if fits else f"{where} is no {shape}: {value!r}"


def differ_members(members, value, where):
    if not isinstance(value, dict):
        return f"{where} is no object"
    named = set(members) - {"*"}
    if named - set(value):
        return f"{where} lacks {sorted(named - set(value))}"
    if set(value) - named and "*" not in members:
        return f"{where} has {sorted(set(value) - named)} besides"
    for name, inner in value.items():
        nullable, shape = members.get(name) or members["*"]
        fault = None if inner is None and nullable else differ(shape, inner, f"{where}.{name}")
        if fault:
            return fault
    return None
