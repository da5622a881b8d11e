#!/usr/bin/env python3
"""A Lambda function that does nothing but write down what it was given, one line an invocation."""
import json
import os
import urllib.request

API = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"
while True:
    with urllib.request.urlopen(f"{API}/next") as invocation:
        event = json.load(invocation)
        request = invocation.headers["lambda-runtime-aws-request-id"]
    # Unbuffered: a line is one write, which other functions' lines do not break.
    with open(os.path.join(os.environ["TMPDIR"], "received.jsonl"), "ab", buffering=0) as out:
        out.write(json.dumps(event).encode() + b"\n")
    urllib.request.urlopen(urllib.request.Request(f"{API}/{request}/response", b'{"batchItemFailures": []}'))
