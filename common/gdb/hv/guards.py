# SPDX-License-Identifier: MIT
"""What GDB or QEMU would silently do wrong."""


def start():
    pass
