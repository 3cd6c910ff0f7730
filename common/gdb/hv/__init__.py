# SPDX-License-Identifier: MIT
"""The GDB aids of EL2 Labs: el2labs.py, one directory up, puts them together."""
