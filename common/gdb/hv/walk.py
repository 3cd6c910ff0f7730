# SPDX-License-Identifier: MIT
"""Translation tables, descriptor by descriptor."""


def start():
    pass
