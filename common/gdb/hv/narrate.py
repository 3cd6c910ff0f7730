# SPDX-License-Identifier: MIT
"""An instruction in words: which registers and which memory it reads and writes."""


def start():
    pass
