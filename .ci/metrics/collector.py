#!/usr/bin/env python3
"""Takes traces as an OpenTelemetry collector does (OTLP over HTTP): collector.py PORT FILE. FILE gets a line of JSON for each
span: trace, span, parent, name and attributes."""
import http.server
import json
import sys

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def fields(data):
    """(number, content) of each field of a message that has bytes: texts, messages and lists of them."""
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        kind = tag & 7
        if kind == VARINT:
            _, at = varint(data, at)
        elif kind == BYTES:
            length, at = varint(data, at)
            yield tag >> 3, data[at:at + length]
            at += length
        else:
            assert kind in (FIXED64, FIXED32), kind
            at += 8 if kind == FIXED64 else 4


def every(data, number):
    return [content for one, content in fields(data) if one == number]


def one(data, number):
    return (every(data, number) or [b""])[0]


def spans(request):
    """opentelemetry/proto/trace/v1: resources, scopes, spans."""
    for resource in every(request, 1):
        for scope in every(resource, 2):
            for span in every(scope, 2):
                attributes = {one(pair, 1).decode(): one(one(pair, 2), 1).decode() for pair in every(span, 9)}
                yield {"trace": one(span, 1).hex(), "span": one(span, 2).hex(), "parent": one(span, 4).hex(),
                       "name": one(span, 5).decode(), "attributes": attributes}


class Collector(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with open(sys.argv[2], "a") as out:
            for span in spans(body) if self.path == "/v1/traces" else ():
                print(json.dumps(span), file=out)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *words):
        pass


http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Collector).serve_forever()
