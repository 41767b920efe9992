#!/usr/bin/env python3
"""Takes every POST. Usage: subscriber.py PORT"""
import http.server
import sys


class Taker(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *unused):
        pass


http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Taker).serve_forever()
