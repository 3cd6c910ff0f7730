# SPDX-License-Identifier: MIT
"""The fields of the registers, by the names of the Arm ARM."""


def start():
    pass
