"""Trainings of the same recipe with the program and with PyTorch, on the same photos.

    python learning.py PROGRAM DATA WORK [--only last,all,nothing] [--seeds 1,2,3] [--threads 2]

DATA is a folder with the folders `train` and `validation`, which have a folder for each class; what
is made goes into WORK. Three jobs:

    last      only the last layer, with the outputs of the others kept for 8 views of each photo
              (`alexnet train --freeze fc7`): time of the whole job, and accuracy
    all       then all layers (`alexnet train` without options): accuracy
    nothing   from random weights (`--from-scratch --epochs N`): curves of the loss

Needs numpy, pillow and torch, which `make bench-peers` installs in .build/bench-peers/venv. PyTorch
begins with the weights that the program begins with, in float32; the program runs the layers whose
outputs it keeps in 8 bits. The recipe is that of `Sources/Training/Run/TrainingDefaults.swift` and
`Augmentation.standard`; photos are prepared as the built-in model wants it, with Pillow, and
augmented with PyTorch. Both keep the network that is best in validation.
"""

import argparse
import concurrent.futures
import copy
import json
import math
import pathlib
import statistics
import struct
import subprocess
import time

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageOps
from torch import nn

from training import TrainedAlexNet

SIZE = 227
SIZES = (131, 163, 227)  # of the pictures, when training begins with random weights
START = "start.safetensors"
VIEWS = 8
BATCH = 32
MOMENTUM, DECAY, CLIP = 0.9, 5e-4, 5


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--only", default="last,all,nothing")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=20, help="from random weights")
    options = parser.parse_args()
    options.seeds = [int(seed) for seed in options.seeds.split(",")]
    options.work.mkdir(parents=True, exist_ok=True)
    options.program = options.program.resolve()
    torch.set_num_threads(options.threads)
    write_start(options)
    jobs = {"last": last, "all": all_layers, "nothing": from_nothing}
    for name in options.only.split(","):
        jobs[name](options)


# Jobs


def last(options):
    beside(options, "last", "last layer, whole job", fit_last_layer, "--freeze", "fc7")


def all_layers(options):
    def fit(network, data, seed):
        return train_all(network, data, seed, first=fit_last_layer(network, data, seed))

    beside(options, "all", "last layer, then all", fit)


def beside(options, name, job, fit, *arguments):
    """Trainings that begin with the built-in model; `fit` is that of PyTorch."""
    ours, theirs = [], []
    for seed in options.seeds:
        ours.append(run_program(options, f"{name}-{seed}", seed, *arguments))
        began = time.perf_counter()
        data = Data(options)
        accuracy = fit(pretrained(options, data, seed), data, seed)
        theirs.append((time.perf_counter() - began, accuracy))
        report(job, seed, ours[-1], theirs[-1])
    summary(job, ours, theirs)


def from_nothing(options):
    ours, theirs, times = [], [], []
    for seed in options.seeds:
        result = run_program(
            options, f"nothing-{seed}", seed, "--from-scratch", "--epochs", str(options.epochs))
        log = options.work / f"nothing-{seed}.safetensors.training" / "log.jsonl"
        records = [json.loads(line) for line in log.open()]
        ours.append([r["training_loss"] for r in records if "training_loss" in r])
        began = time.perf_counter()
        losses, accuracy = train_from_nothing(Data(options), seed, options.epochs)
        theirs.append(losses)
        times.append((result, (time.perf_counter() - began, accuracy)))
        report("from random weights", seed, *times[-1])
    summary("from random weights", [a for a, _ in times], [b for _, b in times])
    print("epoch   loss here (sd)   PyTorch (sd)   difference over its standard error")
    for epoch in range(options.epochs):
        a, b = ([losses[epoch] for losses in kind] for kind in (ours, theirs))
        line = f"{epoch + 1:5}   {statistics.mean(a):.3f}   {statistics.mean(b):.3f}"
        if len(a) > 1:
            deviations = statistics.stdev(a), statistics.stdev(b)
            error = math.hypot(*deviations) / math.sqrt(len(a))
            difference = statistics.mean(a) - statistics.mean(b)
            line = (
                f"{epoch + 1:5}   {statistics.mean(a):.3f} ({deviations[0]:.3f})"
                f"   {statistics.mean(b):.3f} ({deviations[1]:.3f})   {difference / error:+.1f}")
        print(line, flush=True)


def run_program(options, name, seed, *arguments):
    """The seconds and the accuracy of a training with the program."""
    output = options.work / f"{name}.safetensors"
    command = [
        options.program, "train", options.data, "--output", output, "--seed", str(seed), "--json",
        "--quiet", "--threads", str(options.threads), *arguments]
    began = time.perf_counter()
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds = time.perf_counter() - began
    (options.work / f"{name}.json").write_text(result.stdout)
    return seconds, json.loads(result.stdout)["top1"]["accuracy"]


def report(job, seed, ours, theirs):
    print(
        f"{job}, seed {seed}: here {ours[0]:.0f} s, {100 * ours[1]:.1f}%; "
        f"PyTorch {theirs[0]:.0f} s, {100 * theirs[1]:.1f}%", flush=True)


def summary(job, ours, theirs):
    seconds = [statistics.median(seconds for seconds, _ in kind) for kind in (ours, theirs)]
    accuracies = [100 * statistics.mean(share for _, share in kind) for kind in (ours, theirs)]
    print(
        f"{job}: {seconds[1] / seconds[0]:.2f} times as fast here; mean accuracy here "
        f"{accuracies[0]:.1f}%, PyTorch {accuracies[1]:.1f}%", flush=True)


# Photos


class Data:
    """Photos as the built-in model sees them before the middle is cut out, and their classes."""

    def __init__(self, options):
        self.pool = concurrent.futures.ThreadPoolExecutor(options.threads)
        folders = sorted(p.name for p in (options.data / "train").iterdir() if p.is_dir())
        self.classes = len(folders)
        self.training, self.labels = self.read(options.data / "train", folders)
        self.validation, self.truths = self.read(options.data / "validation", folders)
        pixels = np.concatenate([
            image.numpy().reshape(3, -1).T[::97] for image in self.training]).astype(np.float64)
        values, vectors = np.linalg.eigh(np.cov(pixels.T))
        self.components = vectors * np.sqrt(np.maximum(values, 0))

    def read(self, folder, classes):
        files = [
            (file, label) for label, name in enumerate(classes)
            for file in sorted((folder / name).iterdir())]
        images = list(self.pool.map(lambda item: prepared(item[0]), files))
        return images, torch.tensor([label for _, label in files])

    def augmented(self, indices, seed, epoch, size=SIZE):
        def one(index):
            generator = np.random.default_rng([seed, epoch, index])
            return augment(self.training[index], generator, size, self.components)
        return torch.stack(list(self.pool.map(one, indices)))

    def exact(self, indices, size=SIZE):
        return torch.stack(list(self.pool.map(
            lambda index: normalized(middle(self.validation[index], size)), indices)))


def prepared(file):
    """Pixels as a tensor of 3 x height x width."""
    image = ImageOps.exif_transpose(Image.open(file)).convert("RGB")
    for short in (128, 256):
        scale = short / min(image.size)
        size = [max(short, round(side * scale)) for side in image.size]
        image = image.resize(size, Image.BILINEAR)
    return torch.from_numpy(np.array(image).transpose(2, 0, 1).copy())


def middle(image, size):
    height, width = image.shape[1:]
    x, y = (width - SIZE) // 2, (height - SIZE) // 2
    image = image[:, y:y + SIZE, x:x + SIZE]
    if size == SIZE:
        return image.float()
    return sampled(image, (SIZE / 2, SIZE / 2), (SIZE / size, 0), (0, SIZE / size), size)


def sampled(image, center, column, row, size):
    """`size` x `size` pixels by bilinear interpolation, rounded: from one to the next it is
    `column` and `row` pixels of the image. What lies outside is like the nearest edge."""
    steps = torch.arange(size) - (size - 1) / 2
    height, width = image.shape[1:]
    grid = torch.stack([
        2 * (center[axis] + steps[None, :] * column[axis] + steps[:, None] * row[axis]) / length - 1
        for axis, length in enumerate((width, height))], -1)
    return F.grid_sample(
        image[None].float(), grid[None], mode="bilinear", padding_mode="border",
        align_corners=False)[0].round()


def normalized(pixels):
    mean = torch.tensor([124.0, 117.0, 104.0])[:, None, None]
    return (pixels - mean) / 64


def augment(image, generator, size, components):
    height, width = image.shape[1:]
    low, high = 3 / 4, 4 / 3
    for _ in range(10):
        area = generator.uniform(0.35, 1) * width * height
        ratio = math.exp(generator.uniform(math.log(low), math.log(high)))
        w, h = math.sqrt(area * ratio), math.sqrt(area / ratio)
        if w <= width and h <= height:
            x, y = generator.uniform(0, width - w), generator.uniform(0, height - h)
            break
    else:
        ratio = min(max(width / height, low), high)
        w, h = min(width, height * ratio), min(height, width / ratio)
        x, y = (width - w) / 2, (height - h) / 2
    across, down = w / size, h / size
    if generator.random() < 0.5:
        across = -across
    angle = math.radians(generator.uniform(-5, 5))
    pixels = sampled(
        image, (x + w / 2, y + h / 2), (math.cos(angle) * across, math.sin(angle) * across),
        (-math.sin(angle) * down, math.cos(angle) * down), size)
    luma = torch.tensor([0.299, 0.587, 0.114])[:, None, None]
    pixels = pixels * generator.uniform(0.8, 1.2)
    grey = (pixels * luma).sum(0).mean()
    pixels = grey + (pixels - grey) * generator.uniform(0.8, 1.2)
    grey = (pixels * luma).sum(0)
    pixels = grey + (pixels - grey) * generator.uniform(0.8, 1.2)
    shift = components @ (generator.standard_normal(3) * 0.1)
    pixels = pixels + torch.from_numpy(shift).float()[:, None, None]
    return normalized(pixels.clamp(0, 255).round())


# Learning


def write_start(options):
    """Writes the weights to begin with."""
    file = options.work / START
    if not file.exists():
        # Where only the last layer is trained, the others are those of the model to begin with.
        command = [options.program, "train", options.data, "--freeze", "fc7", "--epochs", "1"]
        subprocess.run([*command, "--quiet", "--output", file], check=True, capture_output=True)


def pretrained(options, data, seed):
    """The network that the program begins with, and a new last layer."""
    torch.manual_seed(seed)
    network = TrainedAlexNet("alexnet", False)
    start = tensors(options.work / START)
    state = {name: values for name, values in start.items() if not name.startswith("fc8")}
    found = network.load_state_dict(state, strict=False)
    if found.unexpected_keys or any(not name.startswith("fc8.") for name in found.missing_keys):
        raise SystemExit(f"other weights than expected: {found}")
    network.fc8 = new_last_layer(data.classes)
    return network


def new_last_layer(classes):
    layer = nn.Linear(4096, classes)
    nn.init.normal_(layer.weight, std=0.01)
    nn.init.zeros_(layer.bias)
    return layer


def tensors(file):
    content = file.read_bytes()
    length = struct.unpack("<Q", content[:8])[0]
    result = {}
    for name, entry in json.loads(content[8:8 + length]).items():
        if name != "__metadata__":
            assert entry["dtype"] == "F32", name
            first, end = (8 + length + offset for offset in entry["data_offsets"])
            values = np.frombuffer(content[first:end], "<f4").reshape(entry["shape"])
            result[name] = torch.from_numpy(values.copy())
    return result


def fit_last_layer(network, data, seed):
    """Fits fc8 with kept features; it then has its best weights. The best accuracy."""
    network.eval()
    with torch.inference_mode():
        features = torch.stack([
            torch.cat([
                hidden(network, data.augmented(part, seed, view))
                for part in parts(range(len(data.training)), BATCH)])
            for view in range(VIEWS)])
        held_out = torch.cat([
            hidden(network, data.exact(part))
            for part in parts(range(len(data.validation)), BATCH)])
    epochs = min(max(30_000 // len(data.training), 10), 60)
    generator = np.random.default_rng([seed, 1])

    def batch(indices, epoch, share):
        views = torch.from_numpy(generator.integers(0, VIEWS, len(indices)))
        rows = features[views, torch.tensor(indices)].clone()
        return network.fc8(F.dropout(rows, 0.5))

    def measure():
        with torch.no_grad():
            return accuracy(network.fc8(held_out), data.truths)

    return learn(
        network.fc8, data, seed, epochs, 0.005, 0.05, batch, measure, best=measure())[0]


def train_all(network, data, seed, first):
    """Trains all layers on; the better of the accuracies before and after."""
    epochs = min(max(20_000 // len(data.training), 3), 30)

    def batch(indices, epoch, share):
        network.train()
        return network(data.augmented(indices, seed, epoch + 100))

    return learn(
        network, data, seed, epochs, 0.002, 0.1, batch, lambda: validated(network, data),
        best=first, patience=max(4, epochs // 3))[0]


def train_from_nothing(data, seed, epochs):
    """The loss of each epoch, and the best accuracy."""
    torch.manual_seed(seed)
    network = TrainedAlexNet("alexnet", True)
    network.fc8 = nn.Linear(4096, data.classes)
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            inputs = module.weight[0].numel()
            nn.init.normal_(module.weight, std=math.sqrt(2 / inputs))
            nn.init.zeros_(module.bias)
    state = {"size": 0}

    def size_at(share):
        return SIZES[0 if share < 4 / 7 else 1 if share < 6 / 7 else 2]

    def batch(indices, epoch, share):
        network.train()
        state["size"] = size_at(share)
        return network(data.augmented(indices, seed, epoch, state["size"]))

    result = learn(
        network, data, seed, epochs, 0.02, 0.05, batch,
        lambda: validated(network, data, state["size"] or SIZES[0]), best=-1,
        restart=lambda share: size_at(share))
    return result[1], result[0]


def learn(
    module, data, seed, epochs, rate, warm_up, batch, measure, best, patience=None, restart=None
):
    """Trains `module`, which then has the weights that were best. The best accuracy, and the mean
    loss of each epoch."""
    biases = [p for p in module.parameters() if p.dim() == 1]
    weights = [p for p in module.parameters() if p.dim() > 1]
    optimizer = torch.optim.SGD(
        [{"params": weights, "weight_decay": DECAY}, {"params": biases, "weight_decay": 0}],
        lr=rate, momentum=MOMENTUM)
    kept = copy.deepcopy(module.state_dict())
    generator = np.random.default_rng([seed, 0])
    losses, waited, phase = [], 0, None
    for epoch in range(epochs):
        order = parts(list(generator.permutation(len(data.training))), BATCH)
        total = 0
        for step, indices in enumerate(order):
            share = (epoch + step / len(order)) / epochs
            if restart and restart(share) != phase:
                # Accuracies of another size of pictures cannot be compared with earlier ones.
                phase, best = restart(share), -1
            for group in optimizer.param_groups:
                group["lr"] = rate * (
                    share / warm_up if share < warm_up
                    else (1 + math.cos(math.pi * (share - warm_up) / (1 - warm_up))) / 2)
            optimizer.zero_grad()
            loss = F.cross_entropy(batch(indices, epoch, share), data.labels[torch.tensor(indices)])
            loss.backward()
            nn.utils.clip_grad_norm_(module.parameters(), CLIP)
            optimizer.step()
            total += loss.item() * len(indices)
        losses.append(total / len(data.training))
        found = measure()
        waited += 1
        if found > best:
            best, kept, waited = found, copy.deepcopy(module.state_dict()), 0
        if patience and waited >= patience:
            break
    module.load_state_dict(kept)
    return best, losses


def hidden(network, pictures):
    """What fc8 reads."""
    kept = []
    hook = network.fc8.register_forward_pre_hook(lambda _, inputs: kept.append(inputs[0]))
    network(pictures)
    hook.remove()
    return kept[0]


def validated(network, data, size=SIZE):
    network.eval()
    with torch.inference_mode():
        outputs = [
            network(data.exact(part, size)) for part in parts(range(len(data.validation)), BATCH)]
    return accuracy(torch.cat(outputs), data.truths)


def accuracy(outputs, truths):
    return (outputs.argmax(1) == truths).float().mean().item()


def parts(items, count):
    """Parts of nearly the same size, of at most `count` items."""
    items = [int(item) for item in items]
    number = -(-len(items) // count)
    return [
        items[part * len(items) // number:(part + 1) * len(items) // number]
        for part in range(number)]


if __name__ == "__main__":
    main()
