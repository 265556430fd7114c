"""Writes full-size AlexNets with random weights, every variant in every format that frameworks
write them in, and what each framework makes of one random input.

    python Scripts/interop/write-models.py FOLDER [--variants V,...] [--formats F,...]

FOLDER is outside the repository: all files together take about 5 GB. Beside the models lie
`VARIANT-SIZE.input.npy` ([1, 3, size, size], float32), `VARIANT-SIZE.probabilities.npy` ([1000],
PyTorch's result for it) and `models.json`, a list of {file, variant, format, input, size,
probabilities}. Where a file's weights were rounded (quantised, half precision), the probabilities
are those of the rounded weights.

Needs: numpy torch torchvision onnx onnxscript onnxruntime safetensors protobuf, and
"opencv-python-headless<5", which reads what was written for Caffe (OpenCV 5 no longer can).
"""

import argparse
import json
import pathlib
import struct
import sys

import numpy as np
import torch
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
import caffe_messages

# name, outputs, inputs, kernel, stride, padding, whether in groups
COLUMNS = [
    ("conv1", 96, 3, 11, 4, 0, False), ("conv2", 256, 96, 5, 1, 2, True),
    ("conv3", 384, 256, 3, 1, 1, False), ("conv4", 384, 384, 3, 1, 1, True),
    ("conv5", 256, 384, 3, 1, 1, True),
]
ONE_WEIRD_TRICK = [
    ("conv1", 64, 3, 11, 4, 2, False), ("conv2", 192, 64, 5, 1, 2, False),
    ("conv3", 384, 192, 3, 1, 1, False), ("conv4", 256, 384, 3, 1, 1, False),
    ("conv5", 256, 256, 3, 1, 1, False),
]
# variant: convolutions, groups, steps after conv1 and conv2, input size
VARIANTS = {
    "alexnet": (COLUMNS, 1, ["pool", "norm"], 227),
    "caffenet": (COLUMNS, 2, ["pool", "norm"], 227),
    "bvlc_alexnet": (COLUMNS, 2, ["norm", "pool"], 227),
    "torchvision": (ONE_WEIRD_TRICK, 1, ["pool"], 224),
}
FULLY_CONNECTED = [("fc6", 4096, 9216), ("fc7", 4096, 4096), ("fc8", 1000, 4096)]
TORCHVISION = {
    "conv1": "features.0", "conv2": "features.3", "conv3": "features.6", "conv4": "features.8",
    "conv5": "features.10", "fc6": "classifier.1", "fc7": "classifier.4", "fc8": "classifier.6",
}


class AlexNet(nn.Module):
    def __init__(self, variant, ceil=False, softmax=False):
        super().__init__()
        convolutions, groups, self.after, self.size = VARIANTS[variant]
        for name, outputs, inputs, kernel, stride, padding, grouped in convolutions:
            setattr(self, name, nn.Conv2d(
                inputs, outputs, kernel, stride, padding, groups=groups if grouped else 1))
        for name, outputs, inputs in FULLY_CONNECTED:
            setattr(self, name, nn.Linear(inputs, outputs))
        self.pool = nn.MaxPool2d(3, 2, ceil_mode=ceil)
        self.norm = nn.LocalResponseNorm(5, 1e-4, 0.75, 1)
        self.softmax = softmax

    def forward(self, x):
        for index in range(1, 6):
            x = torch.relu(getattr(self, f"conv{index}")(x))
            for step in self.after if index < 3 else ["pool"] if index == 5 else []:
                x = getattr(self, step)(x)
        x = torch.flatten(x, 1)
        x = self.fc8(torch.relu(self.fc7(torch.relu(self.fc6(x)))))
        return torch.softmax(x, 1) if self.softmax else x


def random_weights(variant, seed):
    """Weights that keep values near 1 from layer to layer, so that no probability is near 0 or 1.
    Caffe's networks read pixels from -128 to 127."""
    generator = np.random.default_rng(seed)
    weights = {}
    for name, tensor in AlexNet(variant).state_dict().items():
        shape = tuple(tensor.shape)
        if name.endswith("bias"):
            weights[name] = generator.standard_normal(shape, np.float32) * np.float32(0.1)
            continue
        scale = (2 / np.prod(shape[1:])) ** 0.5
        if name == "conv1.weight" and variant != "torchvision":
            scale /= 60
        weights[name] = generator.standard_normal(shape, np.float32) * np.float32(scale)
    return weights


def loaded(variant, weights, **options):
    model = AlexNet(variant, **options).eval()
    model.load_state_dict(
        {k: torch.from_numpy(np.asarray(v, np.float32)) for k, v in weights.items()})
    return model


def grad_cam(model, image):
    """Grad-CAM of the likeliest class at conv5, after its ReLU: before it is enlarged."""
    pooled = []

    def keep(module, inputs):
        inputs[0].retain_grad()
        pooled.append(inputs[0])

    hook = model.pool.register_forward_pre_hook(keep)
    logits = model(image)
    logits[0, logits[0].argmax()].backward()
    hook.remove()
    # What the last pooling reads is conv5's output.
    maps = pooled[-1]
    weights = maps.grad.mean((2, 3), keepdim=True)
    return torch.relu((weights * maps).sum(1))[0].detach().numpy()


class Writer:
    def __init__(self, folder):
        self.folder = folder
        self.entries = []

    def run(self, variant, formats):
        self.variant = variant
        self.weights = random_weights(variant, sorted(VARIANTS).index(variant))
        self.size = VARIANTS[variant][3]
        self.reference(self.size)
        for name in formats:
            maker = getattr(self, "write_" + name)
            print(f"{variant}: {name}", flush=True)
            maker()

    def reference(self, size, ceil=False):
        """The input of that size and PyTorch's result, once."""
        stem = f"{self.variant}-{size}"
        generator = np.random.default_rng(size)
        scale = 1 if self.variant == "torchvision" else 60
        image = generator.standard_normal((1, 3, size, size), np.float32) * np.float32(scale)
        np.save(self.folder / f"{stem}.input.npy", image)
        with torch.no_grad():
            model = loaded(self.variant, self.weights, ceil=ceil, softmax=True)
            result = model(torch.from_numpy(image))[0].numpy()
        np.save(self.folder / f"{stem}.probabilities.npy", result)
        if not ceil:
            model = loaded(self.variant, self.weights)
            np.save(self.folder / f"{stem}.gradcam.npy", grad_cam(model, torch.from_numpy(image)))
        return image, result

    def add(self, file, form, size=None, rounded=None):
        """`rounded`: the weights as the file has them, where they are not the network's own. Its
        probabilities are then those of these weights, and there is no Grad-CAM to compare."""
        stem = f"{self.variant}-{size or self.size}"
        probabilities = f"{stem}.probabilities.npy"
        if rounded is not None:
            image = np.load(self.folder / f"{stem}.input.npy")
            with torch.no_grad():
                result = loaded(self.variant, rounded, softmax=True)(torch.from_numpy(image))[0]
            probabilities = f"{file}.probabilities.npy"
            np.save(self.folder / probabilities, result.numpy())
        self.entries.append(dict(
            file=file, variant=self.variant, format=form, size=size or self.size,
            input=f"{stem}.input.npy", probabilities=probabilities,
            gradcam=None if rounded is not None else self.grad_cam_file(stem)))

    def grad_cam_file(self, stem):
        name = f"{stem}.gradcam.npy"
        return name if (self.folder / name).exists() else None

    def path(self, suffix):
        return self.folder / f"{self.variant}{suffix}"

    # Caffe

    def caffe_layers(self):
        convolutions, groups, after, _ = VARIANTS[self.variant]
        layers = []
        for index, row in enumerate(convolutions, 1):
            name, outputs, _, kernel, stride, padding, grouped = row
            parameters = dict(
                num_output=outputs, kernel_size=[kernel], stride=[stride], pad=[padding])
            if grouped:
                parameters["group"] = groups
            layers.append(("Convolution", name, parameters, self.pair(name)))
            layers.append(("ReLU", f"relu{index}", {}, []))
            for step in after if index < 3 else ["pool"] if index == 5 else []:
                if step == "pool":
                    layers.append(
                        ("Pooling", f"pool{index}", dict(pool=0, kernel_size=3, stride=2), []))
                else:
                    layers.append(
                        ("LRN", f"norm{index}", dict(local_size=5, alpha=1e-4, beta=0.75), []))
        for index, (name, outputs, _) in enumerate(FULLY_CONNECTED, 6):
            layers.append(("InnerProduct", name, dict(num_output=outputs), self.pair(name)))
            if index < 8:
                layers.append(("ReLU", f"relu{index}", {}, []))
                layers.append(("Dropout", f"drop{index}", dict(dropout_ratio=0.5), []))
        return layers + [("Softmax", "prob", {}, [])]

    def pair(self, name):
        return [self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]]

    def write_caffe(self, v1=False):
        suffix = "-v1.caffemodel" if v1 else ".caffemodel"
        net = caffe_messages.network(
            self.variant, self.caffe_layers(), self.size, form="legacy" if v1 else "shape", v1=v1)
        self.path(suffix).write_bytes(net.SerializeToString())
        self.check_caffe(net, self.path(suffix))
        self.add(self.path(suffix).name, "caffe")

    def write_caffe_v1(self):
        self.write_caffe(v1=True)

    def check_caffe(self, net, path):
        try:
            from cv2 import dnn
            read = dnn.readNetFromCaffe
        except (ImportError, AttributeError):
            print("  OpenCV that reads Caffe files is missing: not checked")
            return
        text = path.with_suffix(".prototxt")
        text.write_text(caffe_messages.prototxt(net))
        model = read(str(text), str(path))
        text.unlink()
        model.setInput(np.load(self.folder / f"{self.variant}-{self.size}.input.npy"))
        expected = np.load(self.folder / f"{self.variant}-{self.size}.probabilities.npy")
        difference = np.abs(model.forward()[0] - expected).max()
        assert difference < 1e-5, (path, difference)
        print(f"  OpenCV agrees with PyTorch: {difference:.1e}")

    # PyTorch

    def state(self):
        names = TORCHVISION if self.variant == "torchvision" else {}
        return {
            f"{names.get(k.split('.')[0], k.split('.')[0])}.{k.split('.')[1]}": torch.from_numpy(v)
            for k, v in self.weights.items()}

    def write_torch(self):
        if self.variant == "torchvision":
            import torchvision

            torchvision.models.alexnet().load_state_dict(self.state())
        torch.save(self.state(), self.path(".pth"))
        self.add(self.path(".pth").name, "torch")

    def write_torch_legacy(self):
        torch.save(self.state(), self.path("-legacy.pth"), _use_new_zipfile_serialization=False)
        self.add(self.path("-legacy.pth").name, "torch")

    def write_torch_checkpoint(self):
        state = {f"module.{k}": v for k, v in self.state().items()}
        torch.save({"epoch": 90, "state_dict": state}, self.path("-checkpoint.pth"))
        self.add(self.path("-checkpoint.pth").name, "torch")

    def write_torch_half(self):
        torch.save({k: v.bfloat16() for k, v in self.state().items()}, self.path("-bfloat16.pth"))
        rounded = {
            name: torch.from_numpy(value).bfloat16().float().numpy()
            for name, value in self.weights.items()}
        self.add(self.path("-bfloat16.pth").name, "torch", rounded=rounded)

    # safetensors, NumPy, Deep Compression

    def write_safetensors(self):
        from safetensors.torch import save_file

        save_file({k: v.contiguous() for k, v in self.state().items()}, self.path(".safetensors"))
        self.add(self.path(".safetensors").name, "safetensors")

    def write_numpy(self):
        np.savez(self.path(".npz"), **self.weights)
        self.add(self.path(".npz").name, "numpy")
        if self.variant != "bvlc_alexnet":
            return
        layers = {}
        for name in [c[0] for c in COLUMNS] + [f[0] for f in FULLY_CONNECTED]:
            weight, bias = self.pair(name)
            if name == "fc6":
                weight = weight.reshape(4096, 256, 6, 6).transpose(2, 3, 1, 0).reshape(9216, 4096)
            else:
                weight = weight.transpose(2, 3, 1, 0) if weight.ndim == 4 else weight.T
            layers[name] = [np.ascontiguousarray(weight), bias]
        np.save(self.path(".npy"), np.array(layers, dtype=object))
        self.add(self.path(".npy").name, "numpy")

    def write_deep_compression(self):
        if self.variant != "bvlc_alexnet":
            return
        counts, parts = [], []
        rounded = dict(self.weights)
        for name in [c[0] for c in COLUMNS] + [f[0] for f in FULLY_CONNECTED]:
            weight, bias = self.pair(name)
            bits = 8 if name.startswith("conv") else 4
            values = weight.ravel()
            keep = np.abs(values) > np.quantile(np.abs(values[:1000000]), 0.6 if bits == 8 else 0.9)
            centres = np.quantile(values[keep][:1000000], np.linspace(0, 1, 2 ** bits - 1))
            book = np.concatenate([[0], centres]).astype("<f4")
            # Gaps beyond 15 are bridged by entries of code 0.
            positions = np.flatnonzero(keep)
            gaps = np.diff(positions, prepend=-1) - 1
            bridges = gaps // 16
            entry_gaps = np.full(int(bridges.sum()) + len(positions), 15, np.uint8)
            entry_codes = np.zeros(len(entry_gaps), np.uint8)
            ends = np.cumsum(bridges + 1) - 1
            entry_gaps[ends] = gaps % 16
            order = np.clip(np.searchsorted(centres, values[positions]), 0, len(centres) - 1)
            entry_codes[ends] = order + 1
            dense = np.zeros_like(values)
            dense[positions] = book[order + 1]
            rounded[f"{name}.weight"] = dense.reshape(weight.shape)

            def nibbles(a):
                a = np.append(a, 0) if len(a) % 2 else a
                return (a[0::2] | a[1::2] << 4).astype(np.uint8).tobytes()

            counts.append(len(entry_gaps))
            codes = entry_codes.tobytes() if bits == 8 else nibbles(entry_codes)
            parts.append(
                book.tobytes() + bias.astype("<f4").tobytes() + codes + nibbles(entry_gaps))
        self.path(".net").write_bytes(struct.pack("<8I", *counts) + b"".join(parts))
        self.add(self.path(".net").name, "deep compression", rounded=rounded)

    # ONNX

    def onnx_model(self, size, pool_attributes):
        """By hand, with ONNX's own LRN, as the model zoo's files have it."""
        from onnx import TensorProto, helper, numpy_helper

        nodes, value = [], "data"
        for kind, name, parameters, arrays in self.caffe_layers():
            inputs = [value] + [f"{name}.weight", f"{name}.bias"][: len(arrays)]
            if kind == "Convolution":
                operator, attributes = "Conv", dict(
                    kernel_shape=parameters["kernel_size"] * 2, strides=parameters["stride"] * 2,
                    pads=parameters["pad"] * 4, group=parameters.get("group", 1))
            elif kind == "Pooling":
                operator, attributes = "MaxPool", dict(
                    kernel_shape=[3, 3], strides=[2, 2], **pool_attributes)
            elif kind == "LRN":
                operator, attributes = "LRN", dict(size=5, alpha=1e-4, beta=0.75, bias=1.0)
            elif kind == "InnerProduct":
                if name == "fc6":
                    nodes.append(helper.make_node("Flatten", [value], ["flat"]))
                    inputs[0] = "flat"
                operator, attributes = "Gemm", dict(transB=1)
            else:
                operator = {"ReLU": "Relu", "Softmax": "Softmax", "Dropout": "Dropout"}[kind]
                attributes = {}
            value = f"{name}_out"
            nodes.append(helper.make_node(operator, inputs, [value], **attributes))
        shape = [1, 3, size, size]
        graph = helper.make_graph(
            nodes, self.variant,
            [helper.make_tensor_value_info("data", TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info(value, TensorProto.FLOAT, [1, 1000])],
            [numpy_helper.from_array(v, k) for k, v in self.weights.items()])
        return helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)

    def check_onnx(self, path, size=None):
        import onnxruntime

        stem = f"{self.variant}-{size or self.size}"
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        image = np.load(self.folder / f"{stem}.input.npy")
        result = session.run(None, {session.get_inputs()[0].name: image})[0][0]
        expected = np.load(self.folder / f"{stem}.probabilities.npy")
        difference = np.abs(result - expected).max()
        print(f"  ONNX Runtime differs from PyTorch by {difference:.1e}")
        return difference

    def write_onnx(self):
        import onnx

        onnx.save(self.onnx_model(self.size, {}), self.path(".onnx"))
        assert self.check_onnx(self.path(".onnx")) < 1e-5
        self.add(self.path(".onnx").name, "onnx")
        if self.variant in ("caffenet", "bvlc_alexnet"):
            # The model zoo's input of 224 pixels, which only pools that round up bring to 6x6.
            self.reference(224, ceil=True)
            onnx.save(self.onnx_model(224, dict(pads=[0, 0, 1, 1])), self.path("-zoo.onnx"))
            assert self.check_onnx(self.path("-zoo.onnx"), 224) < 1e-5
            self.add(self.path("-zoo.onnx").name, "onnx", size=224)

    def write_onnx_external(self):
        import onnx

        onnx.save(self.onnx_model(self.size, {}), self.path("-external.onnx"),
                  save_as_external_data=True, location=self.path("-external.bin").name)
        self.add(self.path("-external.onnx").name, "onnx")

    def write_onnx_exported(self):
        if self.variant == "torchvision":
            import torchvision

            model = torchvision.models.alexnet()
            model.load_state_dict(self.state())
            model = nn.Sequential(model.eval(), nn.Softmax(1))
        else:
            model = loaded(self.variant, self.weights, softmax=True)
        image = torch.zeros(1, 3, self.size, self.size)
        # The older exporter writes normalisation with a condition in the graph, which is no chain.
        for dynamo in [True] + [False] * (self.variant == "torchvision"):
            path = self.path("-dynamo.onnx" if dynamo else "-torchscript.onnx")
            options = dict(external_data=False) if dynamo else {}
            torch.onnx.export(model, (image,), path, input_names=["data"], dynamo=dynamo, **options)
            assert self.check_onnx(path) < 1e-5
            self.add(path.name, "onnx")

    def write_onnx_quantized(self):
        from onnxruntime.quantization import (
            CalibrationDataReader, QuantFormat, QuantType, quantize_static)

        folder, stem = self.folder, f"{self.variant}-{self.size}"

        class Reader(CalibrationDataReader):
            def __init__(self):
                self.images = iter([{"data": np.load(folder / f"{stem}.input.npy")}])

            def get_next(self):
                return next(self.images, None)

        source = self.path(".onnx")
        if not source.exists():
            self.write_onnx()
        for suffix, form in (("-qdq.onnx", QuantFormat.QDQ), ("-int8.onnx", QuantFormat.QOperator)):
            quantize_static(source, self.path(suffix), Reader(), quant_format=form,
                            activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
                            per_channel=form == QuantFormat.QDQ)
            self.check_onnx(self.path(suffix))
            self.add(self.path(suffix).name, "onnx", rounded=self.dequantized(self.path(suffix)))

    def dequantized(self, path):
        """The weights that an 8-bit file stands for; 32-bit biases are as good as unrounded."""
        import onnx
        from onnx import numpy_helper

        stored = {
            tensor.name: numpy_helper.to_array(tensor)
            for tensor in onnx.load(path).graph.initializer}
        weights = dict(self.weights)
        for name in weights:
            if name.endswith("bias"):
                continue
            values = stored[name + "_quantized"].astype(np.float32)
            scale, zero = stored[name + "_scale"], stored[name + "_zero_point"]
            # One scale, or one for each output.
            shape = (-1,) + (1,) * (values.ndim - 1)
            weights[name] = (values - zero.reshape(shape)) * scale.reshape(shape)
        return weights


FORMATS = [name.removeprefix("write_") for name in vars(Writer) if name.startswith("write_")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--variants", default=",".join(VARIANTS))
    parser.add_argument("--formats", default=",".join(FORMATS))
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    writer = Writer(options.folder)
    for variant in options.variants.split(","):
        writer.run(variant, options.formats.split(","))
    (options.folder / "models.json").write_text(json.dumps(writer.entries, indent=1) + "\n")


if __name__ == "__main__":
    main()
