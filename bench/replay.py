# SPDX-License-Identifier: MIT
"""Scripts for pgbench out of what the service asked PostgreSQL."""

import re
from dataclasses import dataclass, field

from failure import Failed


@dataclass
class Scripts:
    """For each transaction pgbench takes one of the texts at random."""
    texts: list = field(default_factory=list)
    variables: dict = field(default_factory=dict)  # name: text

    def add(self, asked, before="", stand_ins=None, reads=0):
        """The statements of one request, with BEFORE as first lines. The first
        READS go one by one, and what they read is in :read_…; the others leave
        together, as they do in the service. STAND_INS has SQL to be put in
        place of values; that of `bytes` stands for any in binary form."""
        texts = [self._text(one, stand_ins or {}) for one in asked]
        lines = [f"{text} \\gset read_" for text in texts[:reads]]
        rest = [f"{text};" for text in texts[reads:]]
        if len(rest) > 1:
            rest = ["\\startpipeline", *rest, "\\endpipeline"]
        first = [before] if before else []
        self.texts.append("\n".join([*first, *lines, *rest, ""]))

    def _text(self, asked, stand_ins):
        def value(found):
            return self._value(asked.parameters[int(found[1]) - 1], stand_ins)
        return re.sub(r"\$(\d+)", value, asked.sql)

    def _value(self, value, stand_ins):
        stand_in = stand_ins.get(
            bytes if isinstance(value, bytes) else value)
        if stand_in:
            return stand_in
        if not value:  # pgbench takes no empty variables
            return "NULL" if value is None else "''"
        if isinstance(value, bytes):
            raise Failed(f"nothing stands in for the bytes {value.hex()}")
        name = f"value_{len(self.variables)}"
        for known, text in self.variables.items():
            if text == value:
                name = known
        self.variables[name] = value
        return f":{name}"
