"""Loads a folder with transformers, with adapters by peft, and answers the questions on stdin. The last line on stdout is JSON."""

import json
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

asked = json.load(sys.stdin)
torch.set_num_threads(2)
model = AutoModelForCausalLM.from_pretrained(asked["folder"]).float()
if asked["adapters"] is not None:
    from peft import PeftModel

    model = PeftModel.from_pretrained(model, asked["adapters"])
model.eval()
tokenizer = AutoTokenizer.from_pretrained(asked["adapters"] or asked["folder"])


def greedy(ids):
    ids, new = list(ids), []
    for _ in range(asked["newTokens"]):
        new.append(int(model(torch.tensor([ids + new])).logits[0, -1].argmax()))
    return new


def logprobs(ids):
    rows = model(torch.tensor([ids[:-1]])).logits[0].double().log_softmax(-1)
    return [float(row[token]) for row, token in zip(rows, ids[1:])]


with torch.no_grad():
    answers = {
        "greedy": [greedy(ids) for ids in asked["prompts"]],
        "logprobs": [logprobs(ids) for ids in asked["textIds"]],
        "textIds": [tokenizer(text, add_special_tokens=False)["input_ids"] for text in asked["texts"]],
    }
print(json.dumps(answers))
