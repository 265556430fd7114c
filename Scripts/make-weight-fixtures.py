"""Writes the small weight files in Tests/WeightFilesTests/Fixtures with the programs whose formats
they are: PyTorch, ONNX, ONNX Runtime, NumPy; for Caffe with its message definitions, and OpenCV
reads what was written and must come to the same result as PyTorch.

Needs: pip install numpy torch onnx onnxscript onnxruntime protobuf "opencv-python-headless<5"
(OpenCV 5 no longer reads Caffe files). Everything is made anew, with the same content every time.

All files hold the same tiny network, whose values follow a formula that the tests repeat: value i
of tensor t is ((7 i + 31 t) mod 113 - 56) / 64, exact in float32, float16 and bfloat16.
"""

import os
import pathlib
import pickle
import struct
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent))
FOLDER = pathlib.Path(__file__).parent.parent / "Tests" / "WeightFilesTests" / "Fixtures"

SIZE = 23  # conv1 -> 11, pool1 -> 5, conv2 -> 5, pool2 -> 2
SHAPES = {
    "conv1.weight": (4, 3, 3, 3), "conv1.bias": (4,),
    "conv2.weight": (6, 2, 3, 3), "conv2.bias": (6,),
    "fc3.weight": (8, 24), "fc3.bias": (8,),
    "fc4.weight": (5, 8), "fc4.bias": (5,),
}


def values(index, shape):
    count = int(np.prod(shape))
    numbers = (7 * np.arange(count) + 31 * index) % 113 - 56
    return (numbers / 64).astype(np.float32).reshape(shape)


TENSORS = {name: values(i, shape) for i, (name, shape) in enumerate(SHAPES.items())}
IMAGE = values(99, (1, 3, SIZE, SIZE))


def torch_model(softmax=False):
    import torch
    from torch import nn

    class Tiny(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1 = nn.Conv2d(3, 4, 3, stride=2)
            self.norm1 = nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=1)
            self.conv2 = nn.Conv2d(4, 6, 3, padding=1, groups=2)
            self.pool = nn.MaxPool2d(3, 2)
            self.drop = nn.Dropout()
            self.fc3 = nn.Linear(24, 8)
            self.fc4 = nn.Linear(8, 5)

        def forward(self, x):
            x = self.norm1(self.pool(torch.relu(self.conv1(x))))
            x = self.pool(torch.relu(self.conv2(x)))
            x = self.drop(torch.flatten(x, 1))
            x = self.fc4(torch.relu(self.fc3(x)))
            return torch.softmax(x, 1) if softmax else x

    model = Tiny().eval()
    model.load_state_dict({k: torch.from_numpy(v) for k, v in TENSORS.items()})
    return model


def make_caffe(folder):
    import torch
    from caffe_messages import fill, messages, network, prototxt

    t = TENSORS
    layers = [
        ("Convolution", "conv1", dict(num_output=4, kernel_size=[3], stride=[2]),
         [t["conv1.weight"], t["conv1.bias"]]),
        ("ReLU", "relu1", {}, []),
        ("Pooling", "pool1", dict(pool=0, kernel_size=3, stride=2), []),
        ("LRN", "norm1", dict(local_size=5, alpha=1e-4, beta=0.75), []),
        ("Convolution", "conv2", dict(num_output=6, kernel_size=[3], pad=[1], group=2),
         [t["conv2.weight"], t["conv2.bias"]]),
        ("ReLU", "relu2", {}, []),
        ("Pooling", "pool2", dict(pool=0, kernel_size=3, stride=2), []),
        ("InnerProduct", "fc3", dict(num_output=8), [t["fc3.weight"], t["fc3.bias"]]),
        ("ReLU", "relu3", {}, []),
        ("Dropout", "drop3", dict(dropout_ratio=0.5), []),
        ("InnerProduct", "fc4_tuned", dict(num_output=5), [t["fc4.weight"], t["fc4.bias"]]),
        ("Softmax", "prob", {}, []),
    ]
    nets = {
        "layer.caffemodel": network("Tiny", layers, SIZE),
        "layers-v1.caffemodel": network("TinyV1", layers, SIZE, form="legacy", v1=True),
        "double.caffemodel": network("TinyDouble", layers, SIZE, form="double"),
    }
    data = nets["layer.caffemodel"].layer.add(name="train-data", type="Data")
    data.transform_param.crop_size = SIZE
    data.transform_param.mean_value.extend([104, 117, 123])
    for name, net in nets.items():
        (folder / name).write_bytes(net.SerializeToString(deterministic=True))
    mean = messages["BlobProto"]()
    fill(mean, values(50, (3, 2, 2)), "legacy")
    (folder / "mean.binaryproto").write_bytes(mean.SerializeToString(deterministic=True))

    # The same values one by one rather than packed, as a parser must accept them.
    blob = values(0, (2, 3))
    field = b"".join(b"\x2d" + struct.pack("<f", v) for v in blob.ravel())
    (folder / "unpacked.binaryproto").write_bytes(b"\x3a\x04\x0a\x02\x02\x03" + field)

    check_caffe(folder, nets, prototxt, torch)


def check_caffe(folder, nets, prototxt, torch):
    try:
        import cv2
        read = cv2.dnn.readNetFromCaffe
    except (ImportError, AttributeError):
        print("OpenCV that reads Caffe is missing: the Caffe files are not checked")
        return
    with torch.no_grad():
        expected = torch_model(softmax=True)(torch.from_numpy(IMAGE)).numpy()
    for name in ("layer.caffemodel", "layers-v1.caffemodel"):
        net = type(nets[name])()
        net.CopyFrom(nets[name])
        for index in reversed(range(len(net.layer))):
            if net.layer[index].type == "Data":
                del net.layer[index]
        text = folder / "check.prototxt"
        text.write_text(prototxt(net))
        model = read(str(text), str(folder / name))
        model.setInput(IMAGE)
        difference = np.abs(model.forward() - expected).max()
        text.unlink()
        assert difference < 1e-5, (name, difference)
        print(f"OpenCV and PyTorch agree on {name}: {difference:.1e}")


class System:
    def __reduce__(self):
        return (os.system, ("echo this must never run",))


def make_torch(folder):
    import torch

    tensors = {k: torch.from_numpy(v.copy()) for k, v in TENSORS.items()}
    torch.save(tensors, folder / "state_dict.pth")
    torch.save({k: v.half() for k, v in tensors.items()}, folder / "half.pth")
    torch.save({k: v.bfloat16() for k, v in tensors.items()}, folder / "bfloat16.pth")
    torch.save({k: v.double() for k, v in tensors.items()}, folder / "double.pth")
    checkpoint = {
        "epoch": 3, "state_dict": {"module." + k: torch.nn.Parameter(v) for k, v in tensors.items()},
        "best": 0.5, "arch": "tiny", "optimizer": {"state": {}, "param_groups": [{"lr": 0.1}]},
    }
    torch.save(checkpoint, folder / "checkpoint.pth")
    torch.save(torch_model().state_dict(), folder / "legacy.pth",
               _use_new_zipfile_serialization=False)
    turned = dict(tensors)
    for name in ("fc3.weight", "conv1.weight"):
        turned[name] = tensors[name].transpose(0, 1).contiguous().transpose(0, 1)
    whole = torch.cat([tensors["fc4.bias"], tensors["fc4.bias"] * 2])
    turned["fc4.bias"] = whole[:5]
    torch.save(turned, folder / "strided.pth")
    torch.save({"weights": System()}, folder / "calls-system.pth")
    torch.save(torch.nn.Sequential(torch.nn.Linear(2, 2)), folder / "whole-model.pth")
    torch.save({"a": torch.ones(1).expand(1000, 1000)}, folder / "expanded.pth")


MAKERS = {"Caffe": make_caffe, "Torch": make_torch}


def main():
    import torch

    torch.manual_seed(0)
    for name in sys.argv[1:] or MAKERS:
        folder = FOLDER / name
        folder.mkdir(parents=True, exist_ok=True)
        MAKERS[name](folder)
        for file in sorted(folder.iterdir()):
            print(f"{file.stat().st_size:8} {name}/{file.name}")


if __name__ == "__main__":
    main()
