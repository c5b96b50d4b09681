"""Eager PyTorch: forward and backward of the mean cross-entropy at every position of [sequences, tokens]."""

import time

import serve

o = serve.options()
serve.use_threads(o["threads"])

import torch  # noqa: E402
import transformers  # noqa: E402
from model import parameters, random_model  # noqa: E402

ids = torch.randint(0, o["model"]["vocab_size"], (o["sequences"], o["tokens"] + 1))
inputs, targets = ids[:, :-1].contiguous(), ids[:, 1:].reshape(-1)


def unit(model):
    def run():
        logits = model(input_ids=inputs, use_cache=False).logits
        torch.nn.functional.cross_entropy(logits.view(-1, logits.shape[-1]), targets).backward()
        model.zero_grad(set_to_none=True)

    return run


def seconds(run, repeats=o.get("repeats", 5)):
    run()
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return min(times)


dtype = getattr(torch, o.get("dtype", "float32"))
candidates = {name: random_model(o["model"], name, dtype).train() for name in ("eager", "sdpa")}
times = {name: seconds(unit(model)) for name, model in candidates.items()}
fastest = min(times, key=times.get)
serve.serve(
    unit(candidates[fastest]),
    library=f"torch {torch.__version__}, transformers {transformers.__version__}, {fastest} attention, {dtype}",
    params=parameters(candidates[fastest]),
)
