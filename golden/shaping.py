"""Golden values of shaped sampling: what the logits processors of transformers keep, in the order in which `generate` applies them.

    python golden/shaping.py > golden/shaping.json

Each case is a row of logits, the ids seen so far and the settings; the answer is the softmax of what is left. Float32
throughout. Some rows have ties (logits rounded to quarters); of tokens tied at the edge of top-p transformers keeps whichever
its sort leaves last, so rows with top-p have none.
"""

import json

import torch
from transformers import (
    LogitsProcessorList,
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

torch.manual_seed(20261126)


def processors(temperature, top_k, top_p, min_p, penalty):
    chosen = LogitsProcessorList()
    if penalty != 1:
        chosen.append(RepetitionPenaltyLogitsProcessor(penalty))
    if temperature != 1:
        chosen.append(TemperatureLogitsWarper(temperature))
    if top_k > 0:
        chosen.append(TopKLogitsWarper(top_k))
    if top_p < 1:
        chosen.append(TopPLogitsWarper(top_p))
    if min_p > 0:
        chosen.append(MinPLogitsWarper(min_p))
    return chosen


def case(size, spread, temperature=1.0, top_k=0, top_p=1.0, min_p=0.0, penalty=1.0, ties=False):
    logits = torch.randn(1, size) * spread
    if ties:
        logits = (logits * 4).round() / 4
    ids = torch.randint(size, (1, 12))
    scores = processors(temperature, top_k, top_p, min_p, penalty)(ids, logits.clone())
    kept = [int(i) for i in torch.isfinite(scores[0]).nonzero()]
    probabilities = scores.softmax(-1)[0]
    return {
        "temperature": temperature,
        "shaping": {"topK": top_k, "topP": top_p, "minP": min_p, "repetitionPenalty": penalty},
        "logits": logits[0].tolist(),
        "ids": ids[0].tolist(),
        "kept": kept,
        "probabilities": [float(probabilities[i]) for i in kept],
    }


cases = [
    *(case(40, 2, top_k=k) for k in (1, 5, 39, 40, 100)),
    *(case(40, 1, top_k=k, ties=True) for k in (1, 3, 10, 20)),
    *(case(60, 2, top_p=p) for p in (0.01, 0.3, 0.8, 0.95, 0.999)),
    *(case(40, 2, min_p=p) for p in (0.01, 0.1, 0.5, 1.0)),
    *(case(30, 2, penalty=r) for r in (0.7, 1.1, 1.3, 5.0)),
    case(60, 2, temperature=0.6, top_k=20, top_p=0.95),
    case(60, 2, temperature=0.7, top_k=20, top_p=0.8, min_p=0.02),
    case(60, 4, temperature=1.5, min_p=0.1, top_p=0.9),
    case(60, 3, temperature=0.8, top_k=40, top_p=0.9, min_p=0.05, penalty=1.2),
    case(60, 3, temperature=2.0, top_k=7, top_p=0.6, penalty=1.5),
    case(300, 6, temperature=0.3, top_k=50, top_p=0.9, min_p=0.01, penalty=1.1),
]
print(json.dumps({"cases": cases}))
