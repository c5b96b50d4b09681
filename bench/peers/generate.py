"""transformers `generate`: samples at temperature 1 with its default cache, no end token, from distinct prompts."""

import time

import serve

o = serve.options()
serve.use_threads(o["threads"])

import torch  # noqa: E402
import transformers  # noqa: E402
from model import parameters, random_model  # noqa: E402

prompts = torch.randint(1, o["model"]["vocab_size"], (o["sequences"], o["prompt"]))
mask = torch.ones_like(prompts)


def unit(model):
    def run():
        with torch.inference_mode():
            out = model.generate(
                input_ids=prompts,
                attention_mask=mask,
                do_sample=True,
                temperature=1.0,
                top_k=0,
                top_p=1.0,
                max_new_tokens=o["tokens"],
                eos_token_id=None,
            )
        assert out.shape[1] == o["prompt"] + o["tokens"], out.shape

    return run


def seconds(run):
    run()
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


candidates = {name: random_model(o["model"], name).eval() for name in ("eager", "sdpa")}
times = {name: seconds(unit(model)) for name, model in candidates.items()}
fastest = min(times, key=times.get)
serve.serve(
    unit(candidates[fastest]),
    library=f"torch {torch.__version__}, transformers {transformers.__version__}, {fastest} attention",
    params=parameters(candidates[fastest]),
)
