"""Trains and samples over the Tinker protocol with the official SDK alone: nothing here knows what server it is.

python train.py URL MODEL: the last line on stdout is JSON with every number that was seen; main.ts compares them.
TINKER_TORCH: a folder with torch, for forward_backward_custom where the SDK's own environment has none.
"""

import json
import os
import sys
import warnings

os.environ.setdefault("TINKER_API_KEY", "tml-local")
os.environ.setdefault("TINKER_TELEMETRY", "0")
if os.environ.get("TINKER_TORCH"):
    sys.path.append(os.environ["TINKER_TORCH"])

warnings.simplefilter("ignore")

import tinker
from tinker import types

url, model = sys.argv[1:3]
SEQUENCES = [[3, 1, 4, 1, 5, 9, 2, 6, 5, 3], [2, 7, 1, 8, 2, 8], [31, 4, 15, 9, 26, 5, 35, 8]]
PROMPT = [3, 1, 4]


def datum(tokens, **arrays):
    return types.Datum(
        model_input=types.ModelInput.from_ints(tokens[:-1]),
        loss_fn_inputs={"target_tokens": tokens[1:], **arrays},
    )


def weights(tokens):
    """The first two tokens are the prompt."""
    return [0.0] + [1.0] * (len(tokens) - 2)


def logprobs_of(result):
    return [[float(x) for x in output["logprobs"].tolist()] for output in result.loss_fn_outputs]


def made(client):
    """Newer SDKs hand out clients in a future."""
    return client.result() if hasattr(client, "result") else client


def say(text):
    print(text, file=sys.stderr, flush=True)


service = tinker.ServiceClient(base_url=url)
supported = [one.model_name for one in service.get_server_capabilities().supported_models]
assert model in supported, supported
client = made(service.create_lora_training_client(base_model=model, rank=4, seed=7))
demonstrations = [datum(tokens, weights=weights(tokens)) for tokens in SEQUENCES]
adam = types.AdamParams(learning_rate=0.01, beta1=0.9, beta2=0.95, eps=1e-8, weight_decay=0.01, grad_clip_norm=1.0)

losses = []
norms = []
for step in range(8):
    passed = client.forward_backward(demonstrations, "cross_entropy")
    stepped = client.optim_step(adam)
    result = passed.result()
    per_token = zip(logprobs_of(result), [weights(tokens) for tokens in SEQUENCES])
    losses.append(-sum(w * x for row, ws in per_token for x, w in zip(row, ws)))
    norms.append(stepped.result().metrics["skyrl.ai/grad_norm"])
    say(f"cross_entropy step {step}: loss {losses[-1]:.4f}")
tuned = logprobs_of(client.forward(demonstrations, "cross_entropy").result())

sampler = made(client.save_weights_and_get_sampling_client())
params = types.SamplingParams(max_tokens=12, seed=11, temperature=1.0, stop=[])
prompt = types.ModelInput.from_ints(PROMPT)
drawn = sampler.sample(
    prompt=prompt, num_samples=4, sampling_params=params, include_prompt_logprobs=True, topk_prompt_logprobs=3
).result()
samples = [{"tokens": list(one.tokens), "logprobs": list(one.logprobs)} for one in drawn.sequences]
say(f"sampled {sum(len(one['tokens']) for one in samples)} tokens")

advantages = [1.0, -0.5, 0.25, -0.75]
experience = [
    datum(
        PROMPT + one["tokens"],
        logprobs=[0.0] * (len(PROMPT) - 1) + one["logprobs"],
        advantages=[0.0] * (len(PROMPT) - 1) + [advantage] * len(one["tokens"]),
    )
    for one, advantage in zip(samples, advantages)
]
reinforced = {}
for loss in ["importance_sampling", "ppo", "cispo"]:
    passed = client.forward_backward(experience, loss)
    client.optim_step(adam).result()
    reinforced[loss] = logprobs_of(passed.result())
after_reinforcement = logprobs_of(client.forward(demonstrations, "cross_entropy").result())

custom = None
try:
    import torch
except ImportError:
    say("no torch here: forward_backward_custom is skipped")
else:

    def pull(data, logprobs):
        loss = sum((lp.exp() * torch.linspace(-1, 1, len(lp))).sum() for lp in logprobs)
        return loss, {"pull": loss.item()}

    metrics = client.forward_backward_custom(demonstrations, pull).result().metrics
    client.optim_step(adam).result()
    custom = {"loss": metrics["pull"], "logprobs": logprobs_of(client.forward(demonstrations, "cross_entropy").result())}
    say(f"forward_backward_custom: loss {metrics['pull']:.4f}")

final = logprobs_of(client.forward(demonstrations, "cross_entropy").result())
state = client.save_state("state").result().path
again = made(service.create_training_client_from_state_with_optimizer(state))
restored = logprobs_of(again.forward(demonstrations, "cross_entropy").result())
runs = service.create_rest_client()
checkpoints = [one.tinker_path for one in runs.list_checkpoints(client.model_id).result().checkpoints]
base = made(service.create_sampling_client(base_model=model))
plain = base.compute_logprobs(types.ModelInput.from_ints(SEQUENCES[0])).result()

print(
    json.dumps(
        {
            "sdk": tinker.__version__,
            "losses": losses,
            "norms": norms,
            "tuned": tuned,
            "samples": samples,
            "prompt_logprobs": drawn.prompt_logprobs,
            "topk_prompt_logprobs": drawn.topk_prompt_logprobs,
            "advantages": advantages,
            "reinforced": reinforced,
            "after_reinforcement": after_reinforcement,
            "custom": custom,
            "final": final,
            "restored": restored,
            "state": state,
            "checkpoints": checkpoints,
            "plain": plain,
        }
    )
)
