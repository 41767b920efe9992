#!/usr/bin/env python3
"""Runs a bundle in wasmtime through its Python package: run_wasmtime.py [--dir HOST:GUEST]… MODULE ARG…"""
import sys

import wasmtime


def take_directories(words):
    directories = []
    while words[:1] == ["--dir"]:
        directories.append(words[1].rsplit(":", 1))
        words = words[2:]
    return directories, words


def main(*words):
    directories, (module_path, *args) = take_directories(list(words))
    config = wasmtime.Config()
    config.cache = True
    engine = wasmtime.Engine(config)
    module = wasmtime.Module.from_file(engine, module_path)
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    wasi = wasmtime.WasiConfig()
    wasi.argv = [module_path, *args]
    for host, guest in directories:
        wasi.preopen_dir(host, guest)
    wasi.inherit_stdin()
    wasi.inherit_stdout()
    wasi.inherit_stderr()
    store = wasmtime.Store(engine)
    store.set_wasi(wasi)
    try:
        linker.instantiate(store, module).exports(store)["_start"](store)
    except wasmtime.ExitTrap as end:
        return end.code
    return 0


sys.exit(main(*sys.argv[1:]))
