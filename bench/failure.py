# SPDX-License-Identifier: MIT
"""The two ways in which a part of the benchmark does not come about."""


class Failed(Exception):
    """An error: the reason is reported and the exit status is 1."""


class Missing(Exception):
    """Something this machine does not have: the row says so, no error."""
