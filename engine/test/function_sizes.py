#!/usr/bin/env python3
"""Checks that no function of a WebAssembly module has grown beyond a limit.

usage: function_sizes.py MODULE LIMIT

The interpreter's loop is one function. A JVM runs it as one method: a byte of its body is 1.33 bytes of Java's code,
and HotSpot's quick compiler refuses a method when it has no number left for a value, which has happened to this loop
with two counters more. Refused, it is interpreted, many times slower, and nobody is told.
"""
import sys

from bundle import read_leb


def body_sizes(module):
    """Sizes in bytes of the bodies in the code section (WebAssembly core specification 1.0, 5.5.13)."""
    at = 8
    while at < len(module):
        section = module[at]
        size, at = read_leb(module, at + 1)
        end = at + size
        if section == 10:
            count, at = read_leb(module, at)
            for _ in range(count):
                body, at = read_leb(module, at)
                yield body
                at += body
        at = end


def main():
    path, limit = sys.argv[1], int(sys.argv[2])
    with open(path, "rb") as file:
        largest = max(body_sizes(file.read()))
    print(f"{path}: largest function {largest} bytes, limit {limit}")
    if largest > limit:
        sys.exit(f"function_sizes.py: {path} has a function of {largest} bytes, expected at most {limit}: "
                 "move seldom instructions out of the interpreter's loop into functions of their own")


main()
