"""A whole step of TRL's GRPOTrainer: sample one group, reward it, one forward, backward and optimiser update.

A step is timed from the driver's request, given while the trainer stands at the end of the step before, to the end of
the step: data, generation, rewards, loss, update and the trainer's own bookkeeping are all in it.
"""

import random
import tempfile
import time
import warnings

import serve

o = serve.options()
serve.use_threads(o["threads"])
warnings.filterwarnings("ignore")

import torch  # noqa: E402
import transformers  # noqa: E402
import trl  # noqa: E402
from datasets import Dataset  # noqa: E402
from model import parameters, random_model  # noqa: E402
from tokenizers import Tokenizer, models, pre_tokenizers  # noqa: E402
from transformers import PreTrainedTokenizerFast, TrainerCallback  # noqa: E402
from trl import GRPOConfig, GRPOTrainer  # noqa: E402

# Word-level tokenizer: one word a token of the model's vocabulary; the last id is an end token that is never sampled.
vocabulary = o["model"]["vocab_size"]
words = {f"w{i}": i for i in range(vocabulary - 2)} | {"<pad>": vocabulary - 2, "<eos>": vocabulary - 1}
base = Tokenizer(models.WordLevel(words, unk_token="w0"))
base.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
tokenizer = PreTrainedTokenizerFast(tokenizer_object=base, pad_token="<pad>", eos_token="<eos>", padding_side="left")

draw = random.Random(1)
prompts = [" ".join(f"w{draw.randrange(vocabulary - 2)}" for _ in range(o["prompt"])) for _ in range(64)]


def spread(completions, **_):
    """Rewards with a spread, at no cost."""
    return [draw.random() for _ in completions]


class Driver(TrainerCallback):
    """Lets the driver decide when the next step runs; the first steps are warm-up."""

    def __init__(self):
        self.steps = 0
        self.started = 0.0

    def on_step_end(self, args, state, control, **kwargs):
        self.steps += 1
        if self.steps < o["warmup"]:
            return
        if self.steps == o["warmup"]:
            serve.ready(
                library=f"trl {trl.__version__}, transformers {transformers.__version__}, torch {torch.__version__}",
                params=parameters(model),
            )
        else:
            serve.answer(time.perf_counter() - self.started)
        serve.wait()
        self.started = time.perf_counter()


model = random_model(o["model"])
with tempfile.TemporaryDirectory() as folder:
    config = GRPOConfig(
        output_dir=folder,
        use_cpu=True,
        bf16=False,
        fp16=False,
        gradient_checkpointing=False,
        per_device_train_batch_size=o["sequences"],
        num_generations=o["sequences"],
        steps_per_generation=1,
        gradient_accumulation_steps=1,
        num_iterations=1,
        max_completion_length=o["tokens"],
        generation_kwargs={"min_new_tokens": o["tokens"], "do_sample": True},
        temperature=1.0,
        top_k=0,
        top_p=1.0,
        beta=0.0,
        learning_rate=1e-4,
        max_steps=1_000_000,
        logging_strategy="no",
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        dataloader_num_workers=0,
        use_vllm=False,
    )
    trainer = GRPOTrainer(
        model=model,
        reward_funcs=spread,
        args=config,
        train_dataset=Dataset.from_dict({"prompt": prompts}),
        processing_class=tokenizer,
        callbacks=[Driver()],
    )
    trainer.train()
