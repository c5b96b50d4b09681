"""The protocol between the driver and a peer: one JSON object a line.

A peer reads its options from argv[1], prepares itself, writes {"ready": {...}} and then answers every line on stdin with
{"seconds": s}: the wall time of one measured unit of work. The driver decides when, so that peers and ours alternate.
"""

import json
import os
import sys
import time

# The figures are of float32 on the CPU; nothing may come from or go to a hub.
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

# Libraries print progress on stdout; only the protocol may.
_channel = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)


def options():
    return json.loads(sys.argv[1])


def use_threads(count):
    import torch

    torch.set_num_threads(count)
    torch.manual_seed(1)


def ready(**about):
    _send({"ready": about})


def wait():
    """Blocks until the driver asks for a measurement; exits when it hangs up."""
    if sys.stdin.readline() == "":
        os._exit(0)


def answer(seconds):
    _send({"seconds": seconds})


def serve(measure, **about):
    """Answers requests with the wall time of measure() until the driver hangs up."""
    ready(**about)
    while True:
        wait()
        started = time.perf_counter()
        measure()
        answer(time.perf_counter() - started)


def _send(message):
    _channel.write(json.dumps(message) + "\n")
    _channel.flush()
