"""What gguf-py and sentencepiece make of random blocks and of a small vocabulary.

Writes gguf-values.json beside itself: for every block format random bytes with sane scales and the float32 numbers gguf-py's
`quants.dequantize` makes of them; Q8_0 and F16 bytes `quants.quantize` makes of random numbers; and a SentencePiece
vocabulary (BPE with byte fallback, trained here as Llama 2's was) with its own ids for a hostile set of texts.
Bytes and float32 arrays are base64.

    python golden/gguf-values.py        (needs gguf, numpy, sentencepiece)
"""

import base64
import io
import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import sentencepiece
from gguf import GGMLQuantizationType as Format
from gguf import quants
from gguf.constants import GGML_QUANT_SIZES

# Where the half-precision scales of a block are.
SCALES = {
    "Q8_0": [0], "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208],
}
BLOCKS = 6
TEXTS = [
    "The capital of France is Paris.",
    "",
    " ",
    "   leading spaces\t\ttabs\n\n\nnewlines   1234567890 3.14159",
    "Émile Zola — 東京, naïve café 🚀🇫🇷 \u200d zero\u00adwidth",
    "aaaaaaaaaaaaaaaaa bbbbb abababab",
    "def f(n):\n    return n if n < 2 else f(n - 1) + f(n - 2)\n",
    "▁already▁there ▁",
    "the then there these they them thermometer",
]


def base(x):
    return base64.b64encode(np.ascontiguousarray(x).tobytes()).decode()


def blocks(generator):
    found = {}
    for name, scales in SCALES.items():
        _, size = GGML_QUANT_SIZES[Format[name]]
        data = generator.integers(0, 256, (BLOCKS, size), dtype=np.uint8)
        for at in scales:
            scale = (generator.standard_normal(BLOCKS) * 0.05).astype("<f2")
            data[:, at : at + 2] = scale.view(np.uint8).reshape(BLOCKS, 2)
        found[name] = {"bytes": base(data), "numbers": base(quants.dequantize(data, Format[name]).astype("<f4"))}
    bits = generator.integers(0, 65536, 1024, dtype=np.uint16)
    halves = bits[(bits & 0x7C00) != 0x7C00]
    found["F16"] = {"bytes": base(halves), "numbers": base(halves.view("<f2").astype("<f4"))}
    uppers = bits[(bits & 0x7F80) != 0x7F80]
    found["BF16"] = {"bytes": base(uppers), "numbers": base(quants.dequantize(uppers.view(np.uint8), Format.BF16))}
    numbers = generator.standard_normal(64).astype("<f4")
    found["F32"] = {"bytes": base(numbers), "numbers": base(numbers)}
    return found


def written(generator):
    """Numbers of many sizes, ties between halves, a block of zeros and one of equal numbers."""
    numbers = generator.standard_normal((8, 32)).astype("<f4") * (10.0 ** generator.integers(-8, 4, (8, 1))).astype("<f4")
    ties = (np.float32(1) + np.arange(32, dtype="<f4") * np.float32(2**-11)).reshape(1, 32)
    special = np.stack([np.zeros(32, "<f4"), np.full(32, 0.37, "<f4"), np.linspace(-127, 127, 32).astype("<f4")])
    numbers = np.concatenate([numbers, ties, special]).astype("<f4")
    return {
        "numbers": base(numbers),
        "F16": base(numbers.astype("<f2")),
        "Q8_0": base(quants.quantize(numbers, Format.Q8_0)),
    }


def sentencepiece_vocabulary():
    folder = Path(__file__).parent
    corpus = (folder.parent / "LICENSE").read_text() + (folder / "ops.py").read_text()
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(corpus.split("\n")), model_writer=model, vocab_size=700, model_type="bpe",
        byte_fallback=True, normalization_rule_name="identity", remove_extra_whitespaces=False, split_digits=True,
        allow_whitespace_only_pieces=True, user_defined_symbols=["<tool>"], minloglevel=2,
    )
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    count = processor.get_piece_size()

    def kind(i):
        if processor.is_unknown(i):
            return 2
        if processor.is_control(i):
            return 3
        if processor.id_to_piece(i) == "<tool>":
            return 4
        return 6 if processor.is_byte(i) else 1

    return {
        "tokens": [processor.id_to_piece(i) for i in range(count)],
        "scores": [processor.get_score(i) for i in range(count)],
        "types": [kind(i) for i in range(count)],
        "unknown": processor.unk_id(), "begin": processor.bos_id(), "end": processor.eos_id(),
        "texts": [{"text": text, "ids": processor.encode(text), "decoded": processor.decode(processor.encode(text))} for text in TEXTS],
    }


if __name__ == "__main__":
    generator = np.random.default_rng(7)
    golden = {
        "gguf": version("gguf"), "sentencepiece": sentencepiece.__version__,
        "blocks": blocks(generator), "written": written(generator), "sentencepiece_vocabulary": sentencepiece_vocabulary(),
    }
    Path(__file__).with_suffix(".json").write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n")
