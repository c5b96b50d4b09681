"""Tiny random models of every architecture, as transformers writes them, and what transformers computes with them.

Writes one folder each beside itself, under tiny-models/: config.json, model.safetensors, golden.json. The numbers are
float32 (log-probabilities and entropies in float64 from float32 logits); arrays are base64 of little-endian float32.
Folders ending in -lora hold an adapter made with peft, for the model named in its golden.json.

    python golden/tiny-models.py        (needs torch, transformers, peft)
"""

import base64
import json
import shutil
from pathlib import Path

import numpy as np
import peft
import torch
import transformers
from transformers import AutoModelForCausalLM, LlamaConfig, MistralConfig, Qwen2Config, Qwen3Config

ROOT = Path(__file__).with_name("tiny-models")
COMMON = dict(
    vocab_size=96, hidden_size=48, num_hidden_layers=2, intermediate_size=40, max_position_embeddings=128,
    bos_token_id=None, eos_token_id=None, pad_token_id=None, rms_norm_eps=1e-5,
)
HEADS = dict(num_attention_heads=6, num_key_value_heads=2)
LLAMA3 = {
    "rope_type": "llama3", "rope_theta": 500000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}
MODELS = {
    "llama": LlamaConfig(**COMMON, **HEADS, tie_word_embeddings=True),
    "llama3": LlamaConfig(**COMMON, num_attention_heads=3, num_key_value_heads=1, rope_parameters=LLAMA3),
    "llama-bias": LlamaConfig(
        **COMMON, **HEADS, attention_bias=True,
        rope_parameters={"rope_type": "linear", "rope_theta": 10000.0, "factor": 2.0},
    ),
    "qwen2": Qwen2Config(**COMMON, **HEADS, tie_word_embeddings=True),
    "qwen3": Qwen3Config(**COMMON, **HEADS, head_dim=8),
    "mistral": MistralConfig(**COMMON, **HEADS, head_dim=6, sliding_window=None),
    "mistral-window": MistralConfig(**COMMON, **HEADS, head_dim=6, sliding_window=8),
}
LENGTHS = (5, 23, 40)
TEMPERATURES = (1.0, 0.7)


def base(x):
    return base64.b64encode(x.detach().contiguous().numpy().astype("<f4").tobytes()).decode()


def doubles(x):
    return [float(f"{v:.9g}") for v in x.reshape(-1).tolist()]


def randomise(model, seed):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, x in model.named_parameters():
            spread = 1.0 if x.dim() == 1 else 3.0 / x.shape[-1] ** 0.5
            centre = 1.0 if name.endswith("norm.weight") else 0.0
            x.copy_(centre + (0.3 if x.dim() == 1 else 1.0) * spread * torch.randn(x.shape, generator=generator))
            if "embed_tokens" in name:
                x.mul_(0.7)


def distribution(logits, ids, temperature):
    logprobs = torch.log_softmax(logits.double() / temperature, -1)
    picked = logprobs[:-1].gather(-1, ids[1:, None])[:, 0]
    return picked, -(logprobs.exp() * logprobs).sum(-1)


def loss_of(model, ids, weights):
    logprobs, entropies = distribution(model(ids[None]).logits[0], ids, 1.0)
    return (logprobs * weights).mean() + 0.01 * entropies[:-1].mean()


def sequences():
    generator = torch.Generator().manual_seed(11)
    return [torch.randint(0, COMMON["vocab_size"], (n,), generator=generator) for n in LENGTHS]


def weights_of(count):
    return torch.randn(count, generator=torch.Generator().manual_seed(12)).double()


def forward(model):
    entries = []
    for ids in sequences():
        with torch.no_grad():
            logits = model(ids[None]).logits[0]
        entry = {"ids": ids.tolist(), "logits": base(logits), "at": []}
        for temperature in TEMPERATURES:
            logprobs, entropies = distribution(logits, ids, temperature)
            entry["at"].append(
                {"temperature": temperature, "logprobs": doubles(logprobs), "entropies": doubles(entropies[:-1])}
            )
        entries.append(entry)
    return entries


def gradients(model, accept):
    ids = sequences()[1]
    weights = weights_of(len(ids) - 1)
    model.zero_grad()
    loss = loss_of(model, ids, weights)
    loss.backward()
    found = {name: base(x.grad) for name, x in model.named_parameters() if accept(name)}
    return {"sequence": 1, "weights": doubles(weights), "loss": loss.item(), "tensors": found}


def greedy(model, count=24):
    ids = sequences()[0].tolist()
    gap = float("inf")
    with torch.no_grad():
        for _ in range(count):
            top = model(torch.tensor([ids])).logits[0, -1].topk(2)
            gap = min(gap, (top.values[0] - top.values[1]).item())
            ids.append(top.indices[0].item())
    return ids[LENGTHS[0]:], gap


def write(folder, golden):
    golden = {"transformers": transformers.__version__, "torch": torch.__version__, **golden}
    (folder / "golden.json").write_text(json.dumps(golden, indent=1) + "\n")


def save(name, model, dtype=torch.float32, **how):
    folder = ROOT / name
    shutil.rmtree(folder, ignore_errors=True)
    model.to(dtype).save_pretrained(folder, **how)
    # As a reader of the file computes it: the model in memory has its rotary frequencies rounded to dtype, too.
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    (folder / "generation_config.json").unlink(missing_ok=True)
    write(folder, {"sequences": forward(model), "gradient": gradients(model, lambda _: True), "greedy": greedy(model)[0]})


def save_adapter(of, targets, name):
    folder = ROOT / name
    shutil.rmtree(folder, ignore_errors=True)
    model = AutoModelForCausalLM.from_pretrained(ROOT / of, dtype=torch.float32)
    config = peft.LoraConfig(r=4, lora_alpha=8, lora_dropout=0.0, target_modules=targets, task_type="CAUSAL_LM")
    adapted = peft.get_peft_model(model, config)
    generator = torch.Generator().manual_seed(13)
    with torch.no_grad():
        for key, x in adapted.named_parameters():
            if "lora_" in key:
                x.copy_(0.2 * torch.randn(x.shape, generator=generator))
    adapted.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    # peft writes where the base was on this machine, and a set in the order of its hashes.
    written = json.loads((folder / "adapter_config.json").read_text())
    written.update(base_model_name_or_path=of, target_modules=sorted(written["target_modules"]))
    (folder / "adapter_config.json").write_text(json.dumps(written, indent=2) + "\n")
    found = gradients(adapted, lambda key: "lora_" in key)
    found["tensors"] = {key.replace(".default", ""): value for key, value in found["tensors"].items()}
    golden = {"model": of, "sequences": forward(adapted), "gradient": found}
    write(folder, {**golden, "merged": forward(adapted.merge_and_unload())})


def main():
    ROOT.mkdir(exist_ok=True)
    for name, config in MODELS.items():
        model = AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()
        for seed in range(20):
            randomise(model, seed)
            # A near-tie would make the greedy tokens a matter of rounding.
            if greedy(model)[1] > 5e-3:
                break
        save(name, model)
    sharded = AutoModelForCausalLM.from_pretrained(ROOT / "llama", dtype=torch.float32)
    save("llama-sharded-bf16", sharded, torch.bfloat16, max_shard_size="20KB")
    save("qwen2-f16", AutoModelForCausalLM.from_pretrained(ROOT / "qwen2", dtype=torch.float32), torch.float16)
    every = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    save_adapter("llama", every, "llama-lora")
    save_adapter("qwen2", ["q_proj", "v_proj"], "qwen2-lora")


main()
