# SPDX-License-Identifier: MIT
"""The GIC as the guest has it: list registers and the virtual CPU interface."""


def start():
    pass
