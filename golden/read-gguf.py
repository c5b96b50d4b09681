"""What gguf-py reads from a GGUF file, as JSON on standard output: an independent check of a file we wrote.

    python golden/read-gguf.py MODEL.gguf        (needs gguf)
"""

import json
import sys

import numpy as np
from gguf import GGUFReader, quants

reader = GGUFReader(sys.argv[1])
metadata = {key: field.contents() for key, field in reader.fields.items() if not key.startswith("GGUF.")}
tensors = {}
for tensor in reader.tensors:
    numbers = quants.dequantize(tensor.data, tensor.tensor_type).astype("<f4")
    assert list(reversed(tensor.shape.tolist())) == list(numbers.shape), tensor.name
    flat = numbers.astype(np.float64).reshape(-1)
    tensors[tensor.name] = {
        "format": tensor.tensor_type.name, "shape": list(numbers.shape), "first": flat[:4].tolist(),
        "sum": float(flat.sum()), "squares": float((flat * flat).sum()),
    }
json.dump({"metadata": metadata, "tensors": tensors}, sys.stdout)
