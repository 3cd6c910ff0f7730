# SPDX-License-Identifier: MIT
"""One world switch, instruction by instruction, as a page."""


def start():
    pass
