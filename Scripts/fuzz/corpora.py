#!/usr/bin/env python3
"""Writes the inputs that fuzzing starts from, and dictionaries, to a folder: one folder and one
dictionary for each target of Tests/Fuzzing.

Most inputs are the small files of the tests. The others are made here, with Python's own modules.
"""

import gzip
import io
import json
import pathlib
import struct
import sys
import tarfile

root = pathlib.Path(__file__).resolve().parent.parent.parent
target_folder = pathlib.Path(sys.argv[1])


def seed(target, name, data):
    folder = target_folder / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def dictionary(target, words):
    """Writes words in the form that libFuzzer reads: every byte as \\xNN."""
    lines = ('"' + "".join(f"\\x{byte:02x}" for byte in word) + '"' for word in words)
    target_folder.mkdir(parents=True, exist_ok=True)
    (target_folder / f"{target}.dict").write_text("\n".join(lines) + "\n")


def copy_fixtures():
    images = root / "Tests/ImagesTests/Fixtures"
    weights = root / "Tests/WeightFilesTests/Fixtures"
    for target, folder, patterns in [
        ("jpeg", images, ["*.jpg"]),
        ("png", images, ["*.png"]),
        ("exif", images, ["exif-*", "*.jpg"]),
        ("torch", weights / "Torch", ["*"]),
        ("onnx", weights / "ONNX", ["*.onnx"]),
        ("caffe", weights / "Caffe", ["*"]),
        ("numpy", weights / "NumPy", ["*"]),
    ]:
        for pattern in patterns:
            for file in sorted(folder.glob(pattern)):
                seed(target, file.name, file.read_bytes())


def tiff(order, entries):
    """A TIFF structure (TIFF 6.0, section 2) with one directory: (tag, type, count, value)."""
    header = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(order + "IH", 8, len(entries))
    body = b"".join(struct.pack(order + "HHIHxx", *entry) for entry in entries)
    return header + body + struct.pack(order + "I", 0)


def write_exif():
    for order in "<>":
        entries = [(0x010F, 2, 4, 0), (0x0112, 3, 1, 6), (0x8769, 4, 1, 8)]
        seed("exif", f"directory-{ord(order)}", tiff(order, entries))
    # The directory begins again at itself.
    seed("exif", "loop", tiff("<", [(0x0112, 3, 1, 8)])[:-4] + struct.pack("<I", 8))
    dictionary("exif", [b"Exif\0\0", b"II*\0", b"MM\0*", b"\x01\x12", b"\x12\x01", b"eXIf"])


def write_archives():
    photo = (root / "Tests/ImagesTests/Fixtures/baseline-420.jpg").read_bytes()
    for name, form in [
        ("ustar", tarfile.USTAR_FORMAT),
        ("gnu", tarfile.GNU_FORMAT),
        ("pax", tarfile.PAX_FORMAT),
    ]:
        data = io.BytesIO()
        with tarfile.open(fileobj=data, mode="w", format=form) as archive:
            names = ["train/cat/a.jpg", "validation/dog/b.png", "train/dog/c.jpg"]
            if form != tarfile.USTAR_FORMAT:
                names += ["train/cat/" + "long" * 40 + ".jpg", "train/dog/ü.jpg"]
            for member in names:
                info = tarfile.TarInfo(member)
                info.size = len(photo)
                if form == tarfile.PAX_FORMAT:
                    info.pax_headers = {"comment": "x", "mtime": "1.5"}
                archive.addfile(info, io.BytesIO(photo))
            for kind in [tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE]:
                info = tarfile.TarInfo(f"other-{ord(kind)}")
                info.type, info.linkname = kind, "train/cat/a.jpg"
                archive.addfile(info)
        seed("tar", name, data.getvalue())
        seed("tar-stream", name, data.getvalue())
        for target in ["tar-stream", "gzip"]:
            seed(target, f"{name}.gz", gzip.compress(data.getvalue(), mtime=0))
    # Two members with padding behind them, one with all optional fields, and one that grows much.
    seed("gzip", "members", gzip.compress(b"abc") + gzip.compress(b"") + b"\0" * 512)
    seed("gzip", "fields", b"\x1f\x8b\x08\x1c" + b"\0" * 6 + b"\x02\0ab" + b"name\0comment\0"
         + gzip.compress(b"abc")[10:])
    seed("gzip", "grows", gzip.compress(b"\0" * (1 << 21), mtime=0))
    words = [b"ustar\0" b"00", b"ustar  \0", b"././@LongLink", b"00000000000\0", b"77777777777\0"]
    words += [b"\x80\0\0\0\0\0\0\0\0\0\0\x01", b"12 size=100\n", b"20 path=a/b/cc.jpg\n"]
    words += [b"GNU.sparse.major=1", b"GNU.sparse.realsize="]
    dictionary("tar", words)
    dictionary("tar-stream", words + [b"\x1f\x8b\x08\0"])
    dictionary("gzip", [b"\x1f\x8b\x08\0", b"\0\0\xff\xff", b"\x03\0" + b"\0" * 8])


def write_texts():
    record = {
        "path": "a.jpg",
        "archive": "x.tar",
        "predictions": [{"rank": 1, "index": 0, "label": "tabby", "probability": 0.75}],
        "label": "bottle",
    }
    preprocessing = {
        "steps": [
            {"op": "resizeShortSide", "size": 256, "antialias": True},
            {"op": "centerCrop", "size": 227},
            {"op": "squash", "width": 23, "height": 23, "antialias": False},
        ],
        "channels": "BGR",
        "mean": [104.0, 117, 1.5e2],
        "scale": 0.015625,
    }
    values = [record, preprocessing, [], {}, [[[[1e-5, -0.0, None, True]]]]]
    values += [{"path_base64": "YS5qcGc="}, "\ud83d\ude00 \u2028 \"\\\n", 12345678901234567890]
    for index, value in enumerate(values):
        seed("json", str(index), json.dumps(value).encode())
        seed("json", f"indented-{index}", json.dumps(value, indent=1, ensure_ascii=False)
             .encode("utf-8", "surrogatepass"))
    seed("json", "deep", b"[" * 40 + b"]" * 40)
    lines = [record, {"path": "b.jpg", "error": {"code": "io", "message": "x"}}, {"path": "c.png"}]
    lines += [{"path": "d.jpg", "label": 2}, {"path_base64": "/2Q=", "label": "n02123045"}]
    seed("jsonl", "records", b"".join(json.dumps(line).encode() + b"\n" for line in lines))
    seed("jsonl", "torn", json.dumps(record).encode() + b"\n" + json.dumps(record).encode()[:30])

    seed("labels", "names", b"tabby\npill bottle\nbottle\n")
    seed("labels", "marks", b"\xef\xbb\xbftabby\r\ndog\r\n")
    seed("labels", "numbers", b"0 tabby\n1 dog\n2 n02123045 cat\n")
    seed("labels", "synsets", b"n02123045 tabby, tabby cat\nn02084071,dog\n")
    seed("labels", "list", b'["tabby", "dog"]')
    seed("labels", "keras", b'{"0": ["n02123045", "tabby"], "1": ["n02084071", "dog"]}')
    seed("labels", "utf-16", "tabby\ndog\n".encode("utf-16"))
    seed("truth", "named", b"a.jpg tabby\nb c.jpg pill bottle\n./d.jpg 2\n")
    seed("truth", "tabs", b"a.jpg\tn02123045\r\n\r\nb.jpg\tbottle\r\n")
    seed("truth", "ordered", b"0\n1\n2\n1\n")
    seed("paths", "lines", b"\xef\xbb\xbfa.jpg\r\nb.jpg\n\n/c/d.png")
    seed("paths", "zeros", b"a.jpg\0b\nc.jpg\0")
    seed("csv", "plain", b"path,label\na.jpg,tabby\n\"b,c.jpg\",\"pill \"\"bottle\"\n")
    seed("csv", "no-header", b"\xef\xbb\xbfa.jpg,0\r\nb.jpg,1\r\n")
    seed("csv", "records", b"path,rank,wnid,label,probability,error\na.jpg,1,,tabby,0.5,\n"
         b"b.jpg,,,,,bad\n")

    words = [b"{", b"}", b"[", b"]", b'"', b"\\u", b"\\ud800", b"null", b"true", b"-0", b"1e999"]
    words += [f'"{name}":'.encode() for name in [*record, *preprocessing, "rank", "op", "size"]]
    words += [b"resizeShortSide", b"centerCrop", b"squash", b'"path_base64":"']
    for target in ["json", "jsonl", "labels"]:
        dictionary(target, words)
    dictionary("csv", [b"path", b"label", b"wnid", b"rank", b'""', b"\r\n", b"\xef\xbb\xbf"])


def write_commands():
    record = {"path": "a.jpg", "width": 4, "height": 3, "model": "starter", "predictions": [
        {"rank": 1, "index": 0, "wnid": "n02123045", "label": "tabby", "probability": 0.75}]}
    failed = {"path_base64": "/2Q=", "error": {"code": "corrupt", "message": "x"}}
    member = {**record, "archive": "x.tar", "group": {"name": "cat", "probability": 0.5}}
    lines = [json.dumps(value).encode() for value in (record, failed, member)]
    torn = lines[0] + b"\n" + lines[1][:20]
    for target in ["records", "resume"]:
        seed(target, "lines", b"\n".join(lines) + b"\n")
        seed(target, "torn", torn)
        seed(target, "middle", torn + b"\n" + lines[2] + b"\n")
    seed("records", "array", b"[\n  " + b",\n  ".join(lines) + b"\n]\n")
    seed("resume", "description", json.dumps({"model": {"name": "x"}, "top": 5}).encode())
    steps = [{"action": action, "from": "a.jpg", "to": "cat/a.jpg"}
             for action in ("link", "copy", "move")]
    steps.append({"action": "move", "from_base64": "/2Q=", "to_base64": "L2Rldi9udWxs"})
    seed("undo", "steps", b"\n".join(json.dumps(step).encode() for step in steps) + b"\n")
    seed("name-map", "commas", b"\xef\xbb\xbfkitten,tabby\r\npuppy , n02099601\n\n")
    seed("name-map", "others", b"kitten\ttabby\npuppy=golden retriever\nx=crane\ny=none\n")
    entries = {"title": "x", "classes": ["a", "b"], "accuracy": {"top1": 0.5}, "n": None}
    seed("metadata", "object", json.dumps(entries).encode())
    words = [*member, "error", "code", "wnid", "rank", "name"]
    names = [b'"%s":' % name.encode() for name in words]
    for target in ["records", "resume"]:
        dictionary(target, names + [b'"path_base64":"', b"\n"])
    dictionary("undo", [b'"action":"link"', b'"copy"', b'"move"', b'"from":"', b'"to":"',
                        b'"from_base64":"', b'"to_base64":"', b"/dev/zero", b"..", b"/proc/self/"])
    dictionary("name-map", [b"tabby", b"n02099601", b"crane", b"\t", b"=", b",", b"\xe2\x80\xa8"])


def write_deep_compression():
    """The format is described in Sources/WeightFiles/DeepCompression."""
    def layer(values, biases, codes, gaps):
        return struct.pack(f"<{len(values) + len(biases)}f", *values, *biases) + codes + gaps

    first = layer([index / 8 for index in range(256)], [1, 2], b"\xc8\x03\x07", b"\x40\x0b")
    second = layer([0, *range(-7, 8)], [1, 2, 3], b"\x21\x00\x03", b"\x0f\xff\x0a")
    seed("deep-compression", "two-layers", struct.pack("<2I", 3, 5) + first + second)


def write_dictionaries():
    dictionary("jpeg", [bytes([0xFF, marker]) for marker in range(0xC0, 0xFF)]
               + [b"Adobe\0", b"Exif\0\0", b"JFIF\0"])
    chunks = [b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"iCCP", b"sRGB", b"bKGD"]
    chunks += [b"zTXt", b"tEXt", b"iTXt", b"eXIf", b"acTL", b"fdAT", b"Raw profile type exif\0"]
    dictionary("png", chunks)
    kinds = [b'"F32"', b'"F16"', b'"BF16"', b'"I8"', b'"U8"', b'"I64"', b'"F64"', b'"F8_E4M3"']
    entries = [b'"dtype":', b'"shape":[', b'"data_offsets":[', b'"__metadata__":{', b'"variant"']
    entries += [b'"classes"', b'"preprocessing"', b'"sparse"', b'"activations"', b'"lrn"']
    for target in ["safetensors", "checkpoint"]:
        dictionary(target, kinds + entries)
    pickle = [b"\x80\x02", b"ccollections\nOrderedDict\n", b"ctorch._utils\n_rebuild_tensor_v2\n"]
    pickle += [b"ctorch\nFloatStorage\n", b"X\x07\0\0\0storage", b"PK\x03\x04", b"PK\x01\x02"]
    pickle += [b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b"data.pkl", b"Q", b"R", b"}", b"("]
    dictionary("torch", pickle)
    dictionary("numpy", [b"\x93NUMPY\x01\0", b"'descr': '<f4'", b"'fortran_order': True", b"|O",
                         b"'shape': (", b"PK\x03\x04", b"cnumpy.core.multiarray\n_reconstruct\n"])
    graph = [b"Conv", b"Gemm", b"MatMul", b"Relu", b"LRN", b"MaxPool", b"Flatten", b"Dropout"]
    graph += [b"Softmax", b"DequantizeLinear", b"Constant", b"Identity", b"Reshape", b"Transpose"]
    dictionary("onnx", graph + [b"kernel_shape", b"strides", b"pads", b"group", b"transB"])
    dictionary("caffe", [b"Convolution", b"InnerProduct", b"Pooling", b"LRN", b"ReLU", b"Dropout"])


copy_fixtures()
write_exif()
write_archives()
write_texts()
write_commands()
write_deep_compression()
write_dictionaries()
for own in ["safetensors", "checkpoint", "index"]:
    (target_folder / own).mkdir(parents=True, exist_ok=True)
