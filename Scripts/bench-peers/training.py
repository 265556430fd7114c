"""Steps of training with PyTorch, timed: prints the median milliseconds of a step.

    python training.py PRECISION VARIANT BATCH THREADS SECONDS [--size 227] [--batch-norm]

PRECISION: f32, f32-channels-last, bf16. A step is what `alexnet bench --train` measures: forward
with dropout, cross-entropy, backward, the norm of all gradients and their clipping, and SGD with
momentum and weight decay. bf16 is PyTorch's autocast.
"""

import argparse
import statistics
import time

import torch
import torch.nn.functional as F
from torch import nn

from models import AlexNet


class TrainedAlexNet(AlexNet):
    """With dropout, batch normalisation where that is wanted, and pictures of any size."""

    def __init__(self, variant, batch_norm):
        super().__init__(variant)
        self.drop = nn.Dropout(0.5)
        self.batch_norms = nn.ModuleList(
            nn.BatchNorm2d(conv.out_channels) if batch_norm else nn.Identity()
            for conv in (self.conv1, self.conv2, self.conv3, self.conv4, self.conv5))

    def forward(self, x):
        norms = self.batch_norms
        for index, conv in enumerate((self.conv1, self.conv2)):
            x = F.relu(norms[index](conv(x)), inplace=True)
            x = self.pool(self.norm(x)) if self.norm_first else self.norm(self.pool(x))
        for index, conv in enumerate((self.conv3, self.conv4, self.conv5), 2):
            x = F.relu(norms[index](conv(x)), inplace=True)
        x = F.adaptive_avg_pool2d(self.pool(x), 6).flatten(1)
        x = self.drop(F.relu(self.fc6(x), inplace=True))
        x = self.drop(F.relu(self.fc7(x), inplace=True))
        return self.fc8(x)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("precision", choices=("f32", "f32-channels-last", "bf16"))
    parser.add_argument("variant")
    parser.add_argument("batch", type=int)
    parser.add_argument("threads", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--size", type=int, default=227)
    parser.add_argument("--batch-norm", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    network = TrainedAlexNet(options.variant, options.batch_norm).train()
    pictures = torch.rand(options.batch, 3, options.size, options.size) * 256 - 128
    if options.precision.endswith("channels-last"):
        network = network.to(memory_format=torch.channels_last)
        pictures = pictures.contiguous(memory_format=torch.channels_last)
    labels = torch.arange(options.batch) * 7919 % 1000
    optimizer = torch.optim.SGD(
        network.parameters(), lr=1e-3, momentum=0.9, weight_decay=5e-4)

    def step():
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=options.precision == "bf16"):
            loss = F.cross_entropy(network(pictures), labels)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1)
        optimizer.step()

    step()
    times, start = [], time.perf_counter()
    while len(times) < 3 or time.perf_counter() - start < options.seconds:
        before = time.perf_counter()
        step()
        times.append(time.perf_counter() - before)
    print(statistics.median(times) * 1000)


if __name__ == "__main__":
    main()
