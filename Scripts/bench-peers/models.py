"""The networks that every program runs: 1000 classes, seeded random weights, in the files that each
of them reads. Run once; what is there already is kept.

    python models.py FOLDER
"""

import json
import pathlib
import sys

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

GROUPS = {"alexnet": 1, "bvlc_alexnet": 2}
PREPROCESSING = {
    "steps": [
        {"op": "resizeShortSide", "size": 256, "antialias": True},
        {"op": "centerCrop", "size": 227},
    ],
    "channels": "RGB",
    "mean": [124.0, 117.0, 104.0],
    "scale": 0.015625,
}


class AlexNet(nn.Module):
    def __init__(self, variant):
        super().__init__()
        groups = GROUPS[variant]
        self.norm_first = variant == "bvlc_alexnet"
        self.conv1 = nn.Conv2d(3, 96, 11, stride=4)
        self.conv2 = nn.Conv2d(96, 256, 5, padding=2, groups=groups)
        self.conv3 = nn.Conv2d(256, 384, 3, padding=1)
        self.conv4 = nn.Conv2d(384, 384, 3, padding=1, groups=groups)
        self.conv5 = nn.Conv2d(384, 256, 3, padding=1, groups=groups)
        self.fc6 = nn.Linear(9216, 4096)
        self.fc7 = nn.Linear(4096, 4096)
        self.fc8 = nn.Linear(4096, 1000)
        self.pool = nn.MaxPool2d(3, 2)
        self.norm = nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=1.0)
        torch.manual_seed(1)
        for module in self.children():
            if hasattr(module, "weight"):
                nn.init.kaiming_uniform_(module.weight, nonlinearity="relu")
                nn.init.uniform_(module.bias, -0.1, 0.1)

    def forward(self, x):
        for conv in (self.conv1, self.conv2):
            x = torch.relu(conv(x))
            x = self.pool(self.norm(x)) if self.norm_first else self.norm(self.pool(x))
        x = torch.relu(self.conv3(x))
        x = torch.relu(self.conv4(x))
        x = self.pool(torch.relu(self.conv5(x))).flatten(1)
        return self.fc8(torch.relu(self.fc7(torch.relu(self.fc6(x)))))


def calibration_inputs(photos, count=32):
    """Real pictures in the network's input form."""
    from jobs import preprocess

    for path in sorted(pathlib.Path(photos).glob("*.jpg"))[:count]:
        yield preprocess(path)[None]


def write(folder, photos):
    for variant in GROUPS:
        target = folder / f"{variant}.onnx"
        if (folder / f"{variant}-int8.onnx").exists():
            continue
        network = AlexNet(variant).eval()
        save_file(
            {name: value.contiguous() for name, value in network.state_dict().items()},
            folder / f"{variant}.safetensors",
            metadata={
                "name": variant,
                "variant": variant,
                "preprocessing": json.dumps(PREPROCESSING),
            },
        )
        torch.onnx.export(
            network,
            torch.zeros(1, 3, 227, 227),
            target,
            input_names=["x"],
            output_names=["y"],
            dynamic_axes={"x": {0: "n"}, "y": {0: "n"}},
            dynamo=False,
        )
        quantize(target, folder / f"{variant}-int8.onnx", photos)


def quantize(source, target, photos):
    """ONNX Runtime's static quantisation, as its documentation recommends it for x86: QDQ, per
    channel, uint8 activations, reduced range left off because VNNI does not saturate."""
    from onnxruntime.quantization import (
        CalibrationDataReader,
        QuantFormat,
        QuantType,
        quantize_static,
    )

    class Reader(CalibrationDataReader):
        def __init__(self):
            self.inputs = calibration_inputs(photos)

        def get_next(self):
            picture = next(self.inputs, None)
            return None if picture is None else {"x": picture}

    quantize_static(
        source,
        target,
        Reader(),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        op_types_to_quantize=["Conv", "Gemm", "MatMul", "MaxPool", "Relu"],
    )


if __name__ == "__main__":
    write(pathlib.Path(sys.argv[1]), sys.argv[2])
