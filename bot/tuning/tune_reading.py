"""The second step for what is written to the account: `python -m bot.tuning.tune_reading STATES.npz MODEL.bin OUT.npz`.

With PyTorch, as `tune`. Heads for the command in its situation (gated by it), the intent, whether it is asked or
wished, the part that is asked about and whose matter it is. Questions by the hands named as unseen are left out.
"""

import argparse
import sys
import time
from pathlib import Path
from typing import Dict, List, Sequence, Tuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from bot.tuning import tune
from bot.tuning.tune import SHARPNESS, WIDTH, Lines

PASSES, BATCH, HIDDEN = 5, 32, 384
RATE, HEAD_RATE, SMOOTHING, DROPPED = 8e-5, 3e-3, 0.05, 0.3
WEIGHTS = {"command": 1.0, "intent": 0.4, "matter": 0.7, "about": 0.4, "asks": 0.5}
PLAIN = ("intent", "matter", "about", "asks")
"""Heads that need no situation."""
_SEED = 1


class Reader(tune.Encoder):
    """The layers that are tuned, and the heads."""

    def __init__(self, model: Path, sizes: Dict[str, int], signs: int) -> None:
        nn.Module.__init__(self)
        read = tune.layers_of(model)
        self.layers = nn.ParameterDict({name.replace(".", "_"): nn.Parameter(value) for name, value in read.items()})
        self.heads = nn.ModuleDict({name: nn.Linear(WIDTH, sizes[name]) for name in PLAIN})
        self.gate, self.hidden = nn.Linear(signs, WIDTH), nn.Linear(WIDTH + signs, HIDDEN)
        self.out, self.bias = nn.Linear(HIDDEN, sizes["command"]), nn.Linear(signs, sizes["command"])
        for head in (*self.heads.values(), self.gate, self.out, self.bias):
            nn.init.zeros_(head.weight)
            nn.init.zeros_(head.bias)

    def commands(self, vectors: torch.Tensor, situation: torch.Tensor) -> torch.Tensor:
        """Gives the scores of the commands, from vectors as heads see them and the signs of their situations."""
        gated = vectors * (1 + torch.tanh(self.gate(situation)))
        hidden = functional.relu(self.hidden(torch.cat([gated, situation], 1)))
        return self.out(functional.dropout(hidden, DROPPED, self.training)) + self.bias(situation)


class Read(Lines):
    """The lines with their states and what they tell."""

    def __init__(self, source: Path, unseen: Sequence[str]) -> None:
        data = np.load(source)
        self._states, self._ends = data["states"], np.cumsum([0, *data["lengths"]])
        self.extra, self.signs = torch.from_numpy(data["extra"]), data["signs"]
        self.told = {name: data[name].astype(str) for name in WEIGHTS}
        self.told["asks"] = np.where(data["asks"] < 0, "", data["asks"].astype(str))
        self.known = {name: sorted({*labels} - {""}) for name, labels in self.told.items()}
        apart = np.isin(data["hand"], list(unseen))
        self.learnt, self.unseen = np.flatnonzero(~apart), np.flatnonzero(apart)

    def of_batch(self, net: Reader, places: np.ndarray) -> torch.Tensor:
        """Gives the loss of a batch: each line speaks for the heads that it tells of."""
        vectors, loss = SHARPNESS * net(*self.states(places)), torch.zeros(())
        for name, labels in self.told.items():
            rows = [row for row, place in enumerate(places) if labels[place]]
            if rows:
                wanted = torch.tensor([self.known[name].index(labels[places[row]]) for row in rows])
                seen = vectors[rows]
                scores = net.commands(seen, self.extra[places[rows]]) if name == "command" else net.heads[name](seen)
                each = functional.cross_entropy(scores, wanted, label_smoothing=SMOOTHING)
                loss = loss + WEIGHTS[name] * each * len(rows) / BATCH
        return loss


def main() -> int:
    """Tunes and writes."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("states", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--unseen", nargs="+", required=True, help="hands whose questions choose how opinions weigh")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.manual_seed(_SEED)
    torch.set_num_threads(arguments.threads)
    lines = Read(arguments.states, arguments.unseen)
    net = Reader(arguments.model, {name: len(known) for name, known in lines.known.items()}, lines.extra.shape[1])
    _tune(net, lines)
    _write(arguments.out, net, lines, arguments.unseen)
    return 0


def _tune(net: Reader, lines: Read) -> None:
    heads = [value for name, value in net.named_parameters() if not name.startswith("layers")]
    groups = [{"params": [*net.layers.values()], "lr": RATE}, {"params": heads, "lr": HEAD_RATE, "weight_decay": 1e-3}]
    adam = torch.optim.AdamW(groups, weight_decay=0.01)
    steps = PASSES * (len(lines.learnt) // BATCH + 1)
    pace = torch.optim.lr_scheduler.LambdaLR(adam, lambda step: min(1, step / 100) * max(0.02, 1 - step / steps))
    random = np.random.default_rng(_SEED)
    for number in range(1, PASSES + 1):
        began = time.monotonic()
        net.train()
        for places in lines.batches(random.permutation(lines.learnt), BATCH):
            adam.zero_grad()
            lines.of_batch(net, places).backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            adam.step()
            pace.step()
        print(f"pass {number}, {time.monotonic() - began:.0f} s: {_told(net, lines)}", flush=True)


@torch.no_grad()
def _told(net: Reader, lines: Read) -> str:
    """What is right of questions by hands that nothing has learnt from."""
    net.eval()
    right: Dict[str, List[bool]] = {"matter": [], "about": [], "asks": []}
    for places in lines.batches(lines.unseen, 64):
        vectors = SHARPNESS * net(*lines.states(places))
        for name, found in right.items():
            best = net.heads[name](vectors).argmax(1)
            found += [
                lines.known[name][int(one)] == lines.told[name][place]
                for one, place in zip(best, places, strict=True)
                if lines.told[name][place]
            ]
    return ", ".join(f"{name} {np.mean(told):.3f}" for name, told in right.items())


def _write(out: Path, net: Reader, lines: Read, unseen: Sequence[str]) -> None:
    layers = {name.replace("_", "."): value.detach().numpy() for name, value in net.layers.items()}
    parts: Dict[str, Tuple[nn.Linear, Sequence[str]]] = {
        "gate": (net.gate, ()),
        "hidden": (net.hidden, ()),
        "commands": (net.out, lines.known["command"]),
        "bias": (net.bias, ()),
        "asks": (net.heads["asks"], lines.known["asks"]),
        "about": (net.heads["about"], lines.known["about"]),
        "matters": (net.heads["matter"], lines.known["matter"]),
    }
    heads: Dict[str, np.ndarray] = {"signs_names": np.array(lines.signs)}
    for name, (head, names) in parts.items():
        heads[f"{name}_weights"] = head.weight.detach().numpy().T.astype(np.float32)
        heads[f"{name}_bias"] = head.bias.detach().numpy().astype(np.float32)
        heads[f"{name}_names"] = np.array(names)
    np.savez(out, unseen=np.array(unseen), **layers, **heads)


if __name__ == "__main__":
    sys.exit(main())
