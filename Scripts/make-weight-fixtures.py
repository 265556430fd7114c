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
        "epoch": 3,
        "state_dict": {"module." + k: torch.nn.Parameter(v) for k, v in tensors.items()},
        "best": 0.5, "best_acc1": torch.tensor(56.5), "arch": "tiny",
        "optimizer": {"state": {}, "param_groups": [{"lr": 0.1}]},
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
    make_torch_checkpoints(folder)


def make_torch_checkpoints(folder):
    """What is beside the weights in files that people have, and older forms of files."""
    import argparse
    import collections

    import torch

    tensors = {k: torch.from_numpy(v.copy()) for k, v in TENSORS.items()}
    for protocol in (3, 4, 5):
        torch.save(tensors, folder / f"legacy-{protocol}.pth", pickle_protocol=protocol,
                   _use_new_zipfile_serialization=False)
    averaged = {"n_averaged": torch.tensor(5)} | {"module." + k: v for k, v in tensors.items()}
    bookkeeping = {
        "best": np.float64(1), "classes": np.array(["a", "b"]),
        "folder": pathlib.PurePosixPath("."),
        "args": argparse.Namespace(lr=0.1, names={"a", "b"}, seed=1 << 3000),
        "counts": collections.Counter("abca"), "runs": collections.defaultdict(list, {"a": [1]}),
        "state_dict": averaged, "hook": System(),
    }
    for protocol in (2, 5):
        torch.save(bookkeeping, folder / f"bookkeeping-{protocol}.pth", pickle_protocol=protocol)
    torch.jit.script(torch.nn.Linear(2, 2)).save(folder / "script.pt")


def onnx_graph(nodes, initializers, opset, name="tiny", size=SIZE):
    from onnx import TensorProto, helper

    graph = helper.make_graph(
        nodes, name,
        [helper.make_tensor_value_info("data", TensorProto.FLOAT, [1, 3, size, size])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, [1, 5])], initializers)
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=4 if opset < 13 else 8)


def onnx_chain(form):
    """The tiny network by hand. Forms: gemm (transposed weights, packed floats), matmul (MatMul and
    Add, scaled Gemm), same (auto_pad, pools that reach past the edge)."""
    from onnx import TensorProto, helper, numpy_helper

    node = helper.make_node
    t = dict(TENSORS)
    attributes = dict(kernel_shape=[3, 3], strides=[2, 2])
    pool = dict(attributes, pads=[0, 0, 1, 1]) if form == "same" else attributes
    conv2 = dict(auto_pad="SAME_UPPER") if form == "same" else dict(pads=[1, 1, 1, 1])
    nodes = [
        node("Conv", ["data", "conv1.weight", "conv1.bias"], ["c1"], strides=[2, 2]),
        node("Relu", ["c1"], ["r1"]),
        node("MaxPool", ["r1"], ["p1"], **pool),
        node("LRN", ["p1"], ["n1"], size=5, alpha=1e-4, beta=0.75, bias=1.0),
        node("Conv", ["n1", "conv2.weight", "conv2.bias"], ["c2"], group=2, **conv2),
        node("Relu", ["c2"], ["r2"]),
        node("MaxPool", ["r2"], ["p2"], **pool),
    ]
    if form == "matmul":
        t["fc3.weight"] = np.ascontiguousarray(t["fc3.weight"].T)
        t["fc4.weight"] = np.ascontiguousarray(t["fc4.weight"].T) * 2
        t["fc4.bias"] = t["fc4.bias"] * 4
        nodes += [
            node("Constant", [], ["shape"], value=numpy_helper.from_array(
                np.array([1, -1], np.int64))),
            node("Reshape", ["p2", "shape"], ["f"]),
            node("MatMul", ["f", "fc3.weight"], ["m3"]),
            node("Add", ["m3", "fc3.bias"], ["f3"]),
            node("Relu", ["f3"], ["r3"]),
            node("Gemm", ["r3", "fc4.weight", "fc4.bias"], ["out"], alpha=0.5, beta=0.25),
        ]
    else:
        nodes += [
            node("Flatten", ["p2"], ["f"]),
            node("Gemm", ["f", "fc3.weight", "fc3.bias"], ["f3"], transB=1),
            node("Relu", ["f3"], ["r3"]),
            node("Dropout", ["r3"], ["d3"]),
            node("Gemm", ["d3", "fc4.weight", "fc4.bias"], ["f4"], transB=1),
            node("Softmax", ["f4"], ["out"], axis=1),
        ]
    raw = form != "gemm"
    initializers = [
        helper.make_tensor(
            k, TensorProto.FLOAT, v.shape, v.tobytes() if raw else v.ravel(), raw=raw)
        for k, v in t.items()
    ]
    return onnx_graph(nodes, initializers, 9 if form == "gemm" else 13)


class Calibration:
    def __init__(self):
        self.images = iter([{"data": values(i, IMAGE.shape)} for i in range(90, 99)])

    def get_next(self):
        return next(self.images, None)

    def rewind(self):
        pass


def make_onnx(folder):
    import onnx
    import onnxruntime
    import torch
    from onnxruntime.quantization import (
        CalibrationDataReader, QuantFormat, QuantType, quantize_dynamic, quantize_static)

    class Reader(Calibration, CalibrationDataReader):
        pass

    with torch.no_grad():
        logits = torch_model()(torch.from_numpy(IMAGE)).numpy()
        chances = torch_model(softmax=True)(torch.from_numpy(IMAGE)).numpy()

    def check(name, expected, tolerance=1e-5):
        session = onnxruntime.InferenceSession(
            str(folder / name), providers=["CPUExecutionProvider"])
        difference = np.abs(session.run(None, {session.get_inputs()[0].name: IMAGE})[0] - expected)
        assert difference.max() < tolerance, (name, difference.max())
        print(f"ONNX Runtime and PyTorch agree on {name}: {difference.max():.1e}")

    for form in ("gemm", "matmul", "same"):
        model = onnx_chain(form)
        onnx.checker.check_model(model)
        onnx.save(model, folder / f"{form}.onnx")
        check(f"{form}.onnx", logits if form == "matmul" else chances)

    model = onnx_chain("matmul")
    onnx.save(model, folder / "external.onnx", save_as_external_data=True, location="weights.bin",
              size_threshold=0)
    check("external.onnx", logits)
    for tensor in model.graph.initializer:
        for entry in tensor.external_data:
            if entry.key == "location":
                entry.value = "../weights.bin"
    (folder / "outside.onnx").write_bytes(model.SerializeToString())

    model = onnx_chain("gemm")
    model.graph.node[2].op_type = "AveragePool"
    del model.graph.node[3]
    model.graph.node[3].input[0] = "p1"
    onnx.save(model, folder / "other.onnx")

    torch.onnx.export(torch_model(), (torch.from_numpy(IMAGE),), folder / "dynamo.onnx",
                      input_names=["data"], dynamo=True, external_data=False)
    model = onnx.load(folder / "dynamo.onnx")
    for node in model.graph.node:  # source locations: most of the file
        del node.metadata_props[:]
        node.doc_string = ""
    del model.graph.value_info[:]
    onnx.save(model, folder / "dynamo.onnx")
    check("dynamo.onnx", logits)

    source = folder / "same.onnx"  # of opset 13, which scales by channel need
    for name, form, kind, per_channel in (
        ("qdq.onnx", QuantFormat.QDQ, QuantType.QUInt8, True),
        ("operators.onnx", QuantFormat.QOperator, QuantType.QUInt8, False),
    ):
        quantize_static(source, folder / name, Reader(), quant_format=form, activation_type=kind,
                        weight_type=QuantType.QInt8, per_channel=per_channel)
        check(name, chances, 0.5)
        print(name, [n.op_type for n in onnx.load(folder / name).graph.node])
    quantize_dynamic(folder / "matmul.onnx", folder / "dynamic.onnx",
                     weight_type=QuantType.QUInt8, op_types_to_quantize=["MatMul"])
    print("dynamic", [n.op_type for n in onnx.load(folder / "dynamic.onnx").graph.node])


def turned():
    """The tensors as TensorFlow keeps them: convolutions HWIO, fully connected [in, out], and the
    rows of the first fully connected layer in the order H, W, C."""
    t = TENSORS
    fc3 = t["fc3.weight"].reshape(8, 6, 2, 2).transpose(2, 3, 1, 0).reshape(24, 8)
    return {
        "conv1": [np.ascontiguousarray(t["conv1.weight"].transpose(2, 3, 1, 0)), t["conv1.bias"]],
        "conv2": [np.ascontiguousarray(t["conv2.weight"].transpose(2, 3, 1, 0)), t["conv2.bias"]],
        "fc3": [np.ascontiguousarray(fc3), t["fc3.bias"]],
        "fc4": [np.ascontiguousarray(t["fc4.weight"].T), t["fc4.bias"]],
    }


def make_numpy_notes(folder, layers):
    """A dictionary of layers with other things beside them."""
    notes = {"epoch": 3, "name": "tiny", "best": np.float64(0.5), "hook": System()}
    np.save(folder / "notes.npy", np.array(layers | notes, dtype=object), allow_pickle=True)


def make_numpy(folder):
    layers = turned()
    np.save(folder / "dictionary.npy", np.array(layers, dtype=object), allow_pickle=True)
    make_numpy_notes(folder, layers)
    np.save(folder / "keyed.npy", np.array(
        {k: {"weights": w, "biases": b} for k, (w, b) in layers.items()}, dtype=object))

    # As NumPy wrote it under Python 2: protocol 2, byte strings, NumPy's older module names.
    class Python2(pickle._Pickler):
        dispatch = dict(pickle._Pickler.dispatch)

        def save_bytes(self, obj):
            if len(obj) < 256:
                self.write(b"U" + bytes([len(obj)]) + obj)
            else:
                self.write(b"T" + struct.pack("<i", len(obj)) + obj)
            self.memoize(obj)

        def save_str(self, obj):
            self.save_bytes(obj.encode("latin1"))

        def save_global(self, obj, name=None):
            module = {"numpy._core.multiarray": "numpy.core.multiarray"}.get(
                obj.__module__, obj.__module__)
            self.write(b"c" + f"{module}\n{name or obj.__qualname__}\n".encode())
            self.memoize(obj)

        dispatch[bytes] = save_bytes
        dispatch[str] = save_str
        dispatch[type] = save_global
        dispatch[type(np.save)] = save_global

    import io

    stream = io.BytesIO()
    array = np.empty((), dtype=object)
    array[()] = layers
    Python2(stream, protocol=2).dump(array)
    header = b"{'descr': 'O', 'fortran_order': False, 'shape': (), }"
    header += b" " * (-(len(header) + 11) % 16) + b"\n"
    start = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header
    (folder / "python2.npy").write_bytes(start + stream.getvalue())
    check = np.load(folder / "python2.npy", allow_pickle=True, encoding="latin1").item()
    assert all(np.array_equal(a, b) for k in layers for a, b in zip(layers[k], check[k]))

    # Protocol 2 from Python 3: bytes as text, through _codecs.encode.
    stream = io.BytesIO()
    pickle.dump(array, stream, protocol=2)
    (folder / "python3-protocol2.npy").write_bytes(start + stream.getvalue())

    np.savez(folder / "canonical.npz", **TENSORS)
    np.savez_compressed(folder / "compressed.npz", **TENSORS)
    np.savez(folder / "turned.npz", **{
        f"{k}_{s}": v for k, pair in layers.items() for s, v in zip("Wb", pair)})
    np.savez(folder / "mixed.npz", **{
        name: np.asfortranarray(v) if v.ndim == 4
        else v.astype(">f4") if name.startswith("fc3")
        else v.astype(np.float16) if name.startswith("fc4") else v
        for name, v in TENSORS.items()})
    np.save(folder / "system.npy", np.array({"conv1": System()}, dtype=object))


MAKERS = {"Caffe": make_caffe, "Torch": make_torch, "ONNX": make_onnx, "NumPy": make_numpy}


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
