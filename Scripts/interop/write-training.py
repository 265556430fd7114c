"""Writes what PyTorch makes of training steps of a full-size AlexNet, to compare with.

    python Scripts/interop/write-training.py FOLDER --variant V [--cases C,...]

FOLDER gets `training.json`, a list of cases, and the arrays that it names (`.npy`, float32). A case
is a number of steps of gradient descent from seeded random weights, on batches of seeded random
pictures, with dropout. It has the loss of every step; the velocities of all tensors at the end,
which are the gradients where it is one step without momentum and weight decay; and the logits of
the trained network in use. PyTorch computes in float64.

Dropout masks are drawn here as the documentation of `Dropout`, `RandomStream` and `TrainingHead`
says: value `place` of the input of fully connected layer `index` is dropped where the upper half of
number `place` of SplitMix64 with the seed `mix(seed + index)` is below `rate * 2^32`.

Where a value lies so close to 0 before ReLU, or two values of a pooling window so close to each
other, that rounding to float32 decides about them, the gradients of float32 and float64 differ by
much more than rounding: one such value changes a weight of a batch of four by a hundredth of its
step, and later steps amplify that. The pictures of every step are therefore changed by tiny amounts
until there are no such values.

Needs: numpy torch protobuf.
"""

import argparse
import json
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).parent))
models = __import__("write-models")

IMAGES = 4
CLASSES = 1000
# The least distance from a decision, as a share of the layer's standard deviation.
MARGIN = 5e-5
# Pixels of pictures that are smaller than the network's.
SMALL = 131
# Of the ten steps. The decay is large enough to change the losses.
RATE, MOMENTUM, DECAY = 3e-4, 0.9, 1
# The inputs of these layers are dropped with probability 1/2 (Krizhevsky et al. 2012; torchvision).
DROPPED = {"torchvision": ("fc6", "fc7")}
GAMMA = np.uint64(0x9E3779B97F4A7C15)


def mix(z):
    """SplitMix64's output function, of an array of uint64."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def kept(seed, index, images, length):
    """Which inputs of fully connected layer `index` are kept: [images, length], 0 or 1."""
    layer = mix(np.array([seed + index], np.uint64))
    places = np.arange(1, images * length + 1, dtype=np.uint64)
    upper = mix(layer + places * GAMMA) >> np.uint64(32)
    return torch.from_numpy((upper >= 1 << 31).reshape(images, length).astype(np.float64))


class Network(models.AlexNet):
    """As it is trained: with dropout, batch normalisation where that is wanted, and features of
    6 x 6 for pictures of any size."""

    def __init__(self, variant, batch_norm):
        super().__init__(variant)
        self.batch_norm = batch_norm
        # By layer, the standard deviations before the normalisation of the latest batch.
        self.deviations = {}
        self.dropped = DROPPED.get(variant, ("fc7", "fc8"))
        if batch_norm:
            for index, row in enumerate(models.VARIANTS[variant][0], 1):
                setattr(self, f"norm{index}", nn.BatchNorm2d(row[1]))

    def forward(self, x, seed=None, margins=None):
        """`seed` draws what is dropped. `margins` is a list to which the distances from decisions
        are appended, as shares of the standard deviations."""
        for index in range(1, 6):
            x = getattr(self, f"conv{index}")(x)
            if self.batch_norm:
                norm = getattr(self, f"norm{index}")
                variance = x.detach().var((0, 2, 3), unbiased=False)
                self.deviations[index] = (variance + norm.eps).sqrt()
                x = norm(x)
            before, steps = x, self.after if index < 3 else ["pool"] if index == 5 else []
            x = torch.relu(x)
            for step in steps:
                if step == "pool" and margins is not None:
                    # What ReLU stops stays below 0.
                    margins.append(window_margins(x - torch.relu(-before), before))
                x = getattr(self, step)(x)
            if not steps and margins is not None:
                margins.append((before.abs() / before.std().detach()).flatten())
        x = F.adaptive_avg_pool2d(x, 6).flatten(1)
        for index, name in enumerate(("fc6", "fc7", "fc8")):
            if seed is not None and name in self.dropped:
                x = x * kept(seed, index, *x.shape) * 2
            x = getattr(self, name)(x)
            if name != "fc8":
                if margins is not None:
                    margins.append((x.abs() / x.std().detach()).flatten())
                x = torch.relu(x)
        return x

    def named_values(self):
        """Everything that the program knows of too."""
        return [(k, v) for k, v in self.state_dict().items() if v.is_floating_point()]


def window_margins(values, before):
    """How far the largest value of each pooling window is above the second, or away from 0."""
    windows = values.unfold(2, 3, 2).unfold(3, 3, 2).flatten(4)
    first, second = windows.topk(2, dim=-1).values.unbind(-1)
    gap = torch.where(first > 0, first - second.clamp(min=0), -first)
    return (gap / before.std().detach()).flatten()


def decided(network, pictures, seed):
    """The pictures, changed until no decision of ReLU or pooling is closer than MARGIN."""
    before = {name: value.clone() for name, value in network.named_buffers()}
    counts = []
    while len(counts) < 100:
        x = pictures.double().requires_grad_()
        margins = []
        network(x, seed, margins)
        margins = torch.cat(margins)
        close = margins[margins < MARGIN]
        counts.append(len(close))
        if not len(close):
            break
        missing = 2 * MARGIN - close
        (gradient,) = torch.autograd.grad((missing**2).sum() / 2, x)
        # A step of Newton's method for each, as if they had no pixel in common.
        step = gradient * ((missing**2).sum() / (gradient**2).sum())
        pictures = (x - step).detach().float()
    else:
        raise SystemExit("decisions stay too close to rounding")
    # Without what this added to the averages of batch normalisation.
    for name, value in network.named_buffers():
        value.copy_(before[name])
    print("  close decisions:", *counts, flush=True)
    return pictures


def name_here(name):
    """The program's name of a tensor of `Network`."""
    if not name.startswith("norm"):
        return name
    kinds = {"weight": "scale", "bias": "shift", "running_mean": "mean", "running_var": "variance"}
    return f"conv{name[4]}.norm.{kinds[name.split('.')[1]]}"


class Writer:
    def __init__(self, folder, variant):
        self.folder, self.variant = folder, variant
        self.size = models.VARIANTS[variant][3]
        self.generator = np.random.default_rng(17 + sorted(models.VARIANTS).index(variant))
        self.cases = []
        self.states = {}

    def random(self, *shape):
        return torch.from_numpy(self.generator.standard_normal(shape, np.float32))

    def save(self, name, values):
        path = self.folder / f"{name}.npy"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, np.ascontiguousarray(values.detach().numpy(), np.float32))

    def pictures(self, size):
        """A batch of pictures of random values."""
        return self.random(IMAGES, 3, size, size)

    def network(self, batch_norm, large=True):
        """A network with its first weights, and the folder that has them."""
        folder = f"weights{'-norm' * batch_norm}{'-small' * (not large)}"
        network = Network(self.variant, batch_norm).double()
        if folder not in self.states:
            self.initialize(network, large)
            self.states[folder] = {
                name: value.clone() for name, value in network.state_dict().items()}
            for name, value in network.named_values():
                self.save(f"{folder}/{name_here(name)}", value)
        network.load_state_dict(self.states[folder])
        return network, folder

    @torch.no_grad()
    def initialize(self, network, large):
        """Random weights that keep values near 1. If `large`, those that local response
        normalisation reads are near 100, since it does almost nothing to smaller ones."""
        large = large and "norm" in network.after
        x = self.pictures(self.size).double()
        names = [f"conv{index}" for index in range(1, 6)] + ["fc6", "fc7", "fc8"]
        for number, name in enumerate(names, 1):
            layer, target = getattr(network, name), 100 if large and number < 3 else 1
            for parameter in layer.parameters():
                parameter.copy_(self.random(*parameter.shape))
            layer.weight.mul_(target / self.value_before(network, x, name).std())
            layer.bias.mul_(0.1 * target)
            if network.batch_norm and number < 6:
                norm = getattr(network, f"norm{number}")
                for value in (norm.weight, norm.running_var):
                    value.copy_(target * (1 + 0.3 * self.random(*value.shape)).abs())
                for value in (norm.bias, norm.running_mean):
                    value.copy_(target * 0.3 * self.random(*value.shape))
            for _, value in network.named_values():
                value.copy_(value.float())

    @staticmethod
    def value_before(network, x, name):
        """What layer `name` gives without its bias."""
        layer = getattr(network, name)
        found = []
        hook = layer.register_forward_hook(lambda _, __, y: found.append(y))
        bias = layer.bias.clone()
        layer.bias.zero_()
        network(x)
        layer.bias.copy_(bias)
        hook.remove()
        return found[0]

    def add(self, name, sizes, *, rate, momentum, decay, batch_norm=False, large=True, soft=False):
        """Takes a step with a batch of pictures of each of these sizes."""
        print(f"{self.variant}: {name}", flush=True)
        network, folder = self.network(batch_norm, large)
        weights = [v for k, v in network.named_parameters() if is_decayed(k)]
        others = [v for k, v in network.named_parameters() if not is_decayed(k)]
        optimizer = torch.optim.SGD(
            [{"params": weights, "weight_decay": decay}, {"params": others, "weight_decay": 0}],
            lr=rate, momentum=momentum)
        steps = []
        for index, size in enumerate(sizes):
            seed = 1000 + 17 * len(self.cases) + index
            pictures = decided(network, self.pictures(size), seed)
            labels = self.generator.integers(0, CLASSES, IMAGES)
            targets = self.soft_targets() if soft else None
            loss = self.loss(
                network(pictures.double(), seed), torch.from_numpy(labels), targets)
            optimizer.zero_grad()
            loss.backward()
            scales = self.scales(network)
            optimizer.step()
            self.save(f"{name}/input-{index}", pictures)
            step = dict(
                input=f"{name}/input-{index}.npy", size=size, labels=labels.tolist(), seed=seed,
                loss=loss.item())
            if soft:
                self.save(f"{name}/probabilities", targets["probabilities"])
                step["soft"] = dict(
                    targets, probabilities=f"{name}/probabilities.npy",
                    labelWeights=targets["labelWeights"].tolist(),
                    probabilityWeights=targets["probabilityWeights"].tolist())
            steps.append(step)
        print("  losses:", *(f"{step['loss']:.4f}" for step in steps), flush=True)
        for parameter, value in network.named_parameters():
            velocity = optimizer.state[value]["momentum_buffer"] if momentum else value.grad
            self.save(f"{name}/velocities/{name_here(parameter)}", velocity)
            scales.setdefault(name_here(parameter), velocity.abs().max().item())
        self.cases.append(dict(
            name=name, variant=self.variant, batchNorm=batch_norm, weights=folder, rate=rate,
            momentum=momentum, weightDecay=decay, steps=steps, velocities=f"{name}/velocities",
            scales=scales))
        return network

    @staticmethod
    def scales(network):
        """Normalisation takes the biases before it out again, whose gradients are 0 but for
        rounding. They are measured by what they would be if their parts did not cancel."""
        scales = {}
        for index in range(1, 6) if network.batch_norm else []:
            norm = getattr(network, f"norm{index}")
            sizes = norm.bias.grad.abs() * norm.weight.abs() / network.deviations[index]
            scales[f"conv{index}.bias"] = sizes.max().item()
        return scales

    def soft_targets(self):
        probabilities = torch.softmax(self.random(IMAGES, CLASSES) * 3, 1)
        return dict(
            probabilities=probabilities, temperature=2.0, labelSmoothing=0.1,
            labelWeights=torch.tensor([0.5, 0, 1, 0.25]),
            probabilityWeights=torch.tensor([2.0, 4, 0, 3]))

    @staticmethod
    def loss(logits, labels, soft):
        if soft is None:
            return F.cross_entropy(logits, labels)
        hard = F.cross_entropy(
            logits, labels, label_smoothing=soft["labelSmoothing"], reduction="none")
        taught = F.cross_entropy(
            logits / soft["temperature"], soft["probabilities"].double(), reduction="none")
        return (soft["labelWeights"] * hard + soft["probabilityWeights"] * taught).mean()

    def gradients(self, name, size, **options):
        """One step, whose velocities are the gradients."""
        self.add(name, [size], rate=0, momentum=0, decay=0, **options)

    @torch.no_grad()
    def evaluate(self, name, network):
        """The logits of the network as it is used."""
        pictures = self.pictures(self.size)
        self.save(f"{name}/evaluation", pictures)
        self.save(f"{name}/logits", network.eval()(pictures.double()))
        self.cases[-1]["evaluation"] = dict(
            input=f"{name}/evaluation.npy", logits=f"{name}/logits.npy")

    def ten_steps(self, name, sizes, batch_norm=False):
        # Only batch normalisation lets layers of such different sizes learn at one rate.
        network = self.add(
            name, sizes, rate=RATE, momentum=MOMENTUM, decay=DECAY, batch_norm=batch_norm,
            large=batch_norm)
        self.evaluate(name, network)

    def run(self, names):
        size = self.size
        cases = {
            "labels": lambda name: self.gradients(name, size),
            "soft-targets": lambda name: self.gradients(name, size, soft=True),
            "small-pictures": lambda name: self.gradients(name, SMALL),
            "ten-steps": lambda name: self.ten_steps(name, [size] * 10),
        }
        if self.variant == "alexnet":
            cases |= {
                "batch-norm": lambda name: self.gradients(name, size, batch_norm=True),
                "small-pictures-batch-norm":
                    lambda name: self.gradients(name, SMALL, batch_norm=True),
                "ten-steps-batch-norm":
                    lambda name: self.ten_steps(name, [size] * 10, batch_norm=True),
                "growing-batch-norm":
                    lambda name: self.ten_steps(name, [SMALL] * 5 + [size] * 5, batch_norm=True),
            }
        for name in names or cases:
            cases[name](name)


def is_decayed(name):
    return name.endswith("weight") and not name.startswith("norm")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--variant", required=True, choices=models.VARIANTS)
    parser.add_argument("--cases", help="only these, with commas between them")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    writer = Writer(options.folder, options.variant)
    writer.run(options.cases and options.cases.split(","))
    (options.folder / "training.json").write_text(json.dumps(writer.cases, indent=1) + "\n")


if __name__ == "__main__":
    main()
