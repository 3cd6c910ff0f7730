# SPDX-License-Identifier: MIT
"""Commands that run: from world to world, and over what traps."""


def start():
    pass
