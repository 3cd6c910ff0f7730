# SPDX-License-Identifier: MIT
"""The guests' symbols."""


def start():
    pass
