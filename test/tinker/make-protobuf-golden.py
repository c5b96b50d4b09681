"""
Writes recordings/protobuf.json: messages of the protocol as the official SDK writes and reads them.
Run with a Python that has the package tinker:  python test/tinker/make-protobuf-golden.py
"""

import base64
import json
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import zstandard
from google.protobuf import descriptor_pb2
from tinker import types
from tinker.proto import tinker_public_pb2 as pb
from tinker.proto.request_conv import forward_backward_request_to_proto
from tinker.proto.response_conv import deserialize_forward_backward_output, deserialize_sample_response
from tinker.types.forward_backward_input import ForwardBackwardInput
from tinker.types.forward_backward_request import ForwardBackwardRequest


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def floats(values) -> list[float]:
    return [float(x) for x in np.asarray(values, dtype=np.float32)]


def numbers() -> dict:
    """Field numbers of every message, and the values of every enum."""
    file = descriptor_pb2.FileDescriptorProto()
    pb.DESCRIPTOR.CopyToProto(file)
    messages = {m.name: {f.name: f.number for f in m.field} for m in file.message_type}
    return {"messages": messages, "enums": {e.name: {v.name: v.number for v in e.value} for e in file.enum_type}}


def tensor(values, dtype: str) -> types.TensorData:
    return types.TensorData(data=list(values), dtype=dtype, shape=[len(values)])


def request(model_id, seq_id, loss, config, datums, forward_only) -> dict:
    data = []
    for d in datums:
        inputs = {"target_tokens": tensor(d["targetTokens"], "int64")}
        for name in ("weights", "logprobs", "advantages"):
            if name in d:
                inputs[name] = tensor(floats(d[name]), "float32")
        data.append(types.Datum(model_input=types.ModelInput.from_ints(d["tokens"]), loss_fn_inputs=inputs))
    body = ForwardBackwardInput(data=data, loss_fn=loss, loss_fn_config=config or None)
    message = forward_backward_request_to_proto(
        ForwardBackwardRequest(model_id=model_id, seq_id=seq_id, forward_backward_input=body)
    )
    message.forward_only = forward_only
    raw = message.SerializeToString(deterministic=True)
    value = {
        "modelId": model_id,
        "seqId": seq_id,
        "loss": loss,
        "config": config,
        "forwardOnly": forward_only,
        "data": [{k: (v if "okens" in k else floats(v)) for k, v in d.items()} for d in datums],
    }
    return {"value": value, "bytes": text(raw), "zstd": text(zstandard.ZstdCompressor().compress(raw))}


def forward_output(outputs, metrics, dtype=pb.DTYPE_FLOAT32) -> dict:
    message = pb.ForwardBackwardOutput(loss_fn_output_type="scalar", metrics=metrics)
    record = message.loss_fn_outputs.add(num_datums=len(outputs))
    for name in outputs[0]:
        arrays = [np.asarray(o[name], dtype=np.float32) for o in outputs]
        ends = np.cumsum([0] + [len(a) for a in arrays]).astype(np.int64)
        data = np.concatenate(arrays)
        if dtype == pb.DTYPE_BFLOAT16:
            data = (data.view(np.uint32) >> 16).astype(np.uint16)
        field = record.fields[name]
        field.data = data.tobytes()
        field.offsets = (ends * data.itemsize).tobytes()
        field.dtype = dtype
    raw = message.SerializeToString(deterministic=True)
    read = deserialize_forward_backward_output(raw)
    value = [{k: floats(v.tolist()) for k, v in o.items()} for o in read.loss_fn_outputs]
    return {"value": {"outputs": value, "metrics": read.metrics}, "bytes": text(raw)}


def sample_response(sequences, prompt_logprobs=None, top=None, cached=0) -> dict:
    message = pb.SampleResponse(prompt_cache_hit_tokens=cached)
    for tokens, logprobs, reason in sequences:
        message.sequences.add(
            stop_reason=pb.STOP_REASON_LENGTH if reason == "length" else pb.STOP_REASON_STOP,
            tokens=np.asarray(tokens, dtype=np.int32).tobytes(),
            logprobs=np.asarray(logprobs, dtype=np.float32).tobytes(),
        )
    if prompt_logprobs is not None:
        message.prompt_logprobs = np.asarray(
            [np.nan if x is None else x for x in prompt_logprobs], dtype=np.float32
        ).tobytes()
    if top is not None:
        k = max(len(row) for row in top)
        cells = [(row + [(0, -99999.0)] * k)[:k] for row in top]
        message.topk_prompt_logprobs.token_ids = np.asarray([[c[0] for c in r] for r in cells], dtype=np.int32).tobytes()
        message.topk_prompt_logprobs.logprobs = np.asarray([[c[1] for c in r] for r in cells], dtype=np.float32).tobytes()
        message.topk_prompt_logprobs.k = k
        message.topk_prompt_logprobs.length = len(top)
    raw = message.SerializeToString(deterministic=True)
    read = deserialize_sample_response(raw)
    value = {
        "sequences": [
            {"tokens": list(map(int, s.tokens)), "logprobs": floats(s.logprobs), "stopReason": s.stop_reason}
            for s in read.sequences
        ],
        "promptLogprobs": None
        if prompt_logprobs is None
        else [None if x is None else floats([x])[0] for x in prompt_logprobs],
        "topPromptLogprobs": None
        if top is None
        else [[{"id": i, "logprob": floats([lp])[0]} for i, lp in row] or None for row in top],
        "cachedPromptTokens": cached or None,
    }
    return {"value": value, "bytes": text(raw)}


LONG = list(range(1, 1001))
GOLDEN = {
    "sdk": version("tinker"),
    "numbers": numbers(),
    "requests": [
        request("model_1", 1, "cross_entropy", {}, [{"tokens": [5], "targetTokens": [7]}], True),
        request(
            "model_ß", 2**31 - 1, "importance_sampling", {},
            [
                {"tokens": [1, 2, 3], "targetTokens": [2, 3, 151935], "weights": [0, 1, 0.5],
                 "logprobs": [0, -0.1, -12.75], "advantages": [0, 1e-7, -3e5]},
                {"tokens": [4, 5], "targetTokens": [5, 6], "logprobs": [-1, -2], "advantages": [1, -1]},
            ],
            False,
        ),
        request("m", 3, "ppo", {"clip_low_threshold": 0.8, "clip_high_threshold": 1.28},
                [{"tokens": LONG, "targetTokens": LONG, "logprobs": [-1] * 1000, "advantages": [0.25] * 1000}], False),
    ],
    "forwards": [
        forward_output([{"logprobs": [-0.5, -3.25, -0.1], "elementwise_loss": [0.5, 3.25, 0.1]},
                        {"logprobs": [-7], "elementwise_loss": [7]}], {"loss:sum": 10.85, "tokens:sum": 4}),
        forward_output([{"logprobs": []}, {"logprobs": [-1, -2]}], {}),
    ],
    "halves": [forward_output([{"logprobs": [-0.5, -3.25]}, {"logprobs": [-7]}], {}, pb.DTYPE_BFLOAT16)],
    "samples": [
        sample_response([([1, 2, 151935], [-0.1, -2, -30.5], "stop"), ([9], [-1], "length")]),
        sample_response([([3], [-0.25], "length")], [None, -1.5, -2.5], [[], [(4, -0.1), (5, -2)], [(6, -0.3)]], 2),
    ],
}

out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "recordings" / "protobuf.json"
out.write_text(json.dumps(GOLDEN, separators=(",", ":"), ensure_ascii=False) + "\n")
print(f"wrote {out}")
