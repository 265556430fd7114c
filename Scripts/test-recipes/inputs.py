"""The files that the recipes of README.md read: photos, archives, labels, weights."""

import io
import pathlib
import pickle
import random
import shutil
import struct
import sys
import tarfile
import types
import zipfile
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
PHOTOS = ROOT / "Tests/Fixtures/photos"
sys.path.insert(0, str(ROOT / "Scripts/scale"))
from make_images import chunk  # noqa: E402

# The files in ~/Pictures, as paths below it. Names with spaces and line breaks are allowed there.
GOOD = ["cat.jpg", "copy of cat.jpg", "coffee cup.png", "rocket.jpg", "trip/a\ndog.png"]
DAMAGED = ["damaged.jpg", "trip/text.jpg"]
PETS = ["goldfish", "cat at home"]
# name, outputs, inputs and kernel of the layers of torchvision's AlexNet
LAYERS = [
    ("features.0", 64, 3, 11), ("features.3", 192, 64, 5), ("features.6", 384, 192, 3),
    ("features.8", 256, 384, 3), ("features.10", 256, 256, 3), ("classifier.1", 4096, 9216, None),
    ("classifier.4", 4096, 4096, None), ("classifier.6", 2, 4096, None),
]


def png(side, colour):
    """A PNG image; `colour` gives the red, green and blue at a place."""
    rows = b"".join(
        b"\0" + bytes(value for x in range(side) for value in colour(x, y)) for y in range(side)
    )
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def plumage(bird, seed):
    """A pattern of squares: brown for sparrows, red for robins, each different from all others."""
    squares = random.Random(seed).choices(range(60), k=64)

    def colour(x, y):
        value = squares[x // 16 + 8 * (y // 16)]
        return (180 + value, value, value) if bird == "robin" else (90 + value, 60 + value, value)

    return png(128, colour)


def write_birds(folder, which=""):
    """Others for another `which`."""
    for bird in ["robin", "sparrow"]:
        (folder / bird).mkdir(parents=True)
        for number in range(6):
            seed = f"{bird} {number}{which}"
            (folder / bird / f"{number}.png").write_bytes(plumage(bird, seed))


class Storage:
    """Stands for a tensor's values in the pickled file, which PyTorch calls torch.FloatStorage."""

    def __init__(self, key, count):
        self.key, self.count = key, count


class Tensor:
    def __init__(self, storage, shape):
        self.storage, self.shape = storage, shape

    def __reduce__(self):
        strides = [1]
        for size in reversed(self.shape[1:]):
            strides.insert(0, strides[0] * size)
        rebuild = sys.modules["torch._utils"]._rebuild_tensor_v2
        return rebuild, (self.storage, 0, tuple(self.shape), tuple(strides), False, {})


def write_torch(path, bias):
    """A file as torch.save writes it: AlexNet whose values are 0, but for the last layer's bias."""
    torch, utilities = types.ModuleType("torch"), types.ModuleType("torch._utils")
    torch.FloatStorage = type("FloatStorage", (), {"__module__": "torch"})

    def _rebuild_tensor_v2():
        """Never called: the file only names it."""

    _rebuild_tensor_v2.__module__ = "torch._utils"
    _rebuild_tensor_v2.__qualname__ = "_rebuild_tensor_v2"
    utilities._rebuild_tensor_v2 = _rebuild_tensor_v2
    sys.modules |= {"torch": torch, "torch._utils": utilities}

    class Pickler(pickle.Pickler):
        def persistent_id(self, value):
            if isinstance(value, Storage):
                return "storage", torch.FloatStorage, value.key, "cpu", value.count
            return None

    tensors, contents = {}, {}

    def add(name, shape, values=None):
        count, key = 1, str(len(contents))
        for size in shape:
            count *= size
        contents[key] = struct.pack(f"<{count}f", *values) if values else bytes(4 * count)
        tensors[name] = Tensor(Storage(key, count), shape)

    for name, outputs, inputs, kernel in LAYERS:
        add(f"{name}.weight", [outputs, inputs] + ([kernel, kernel] if kernel else []))
        add(f"{name}.bias", [outputs], bias if name == LAYERS[-1][0] else None)
    text = io.BytesIO()
    Pickler(text, protocol=2).dump(tensors)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("pets/data.pkl", text.getvalue())
        archive.writestr("pets/version", "3\n")
        for key, content in contents.items():
            archive.writestr(f"pets/data/{key}", content)
    del sys.modules["torch"], sys.modules["torch._utils"]


def write(work, home, dog, dog_class):
    """Writes all files. `dog` is a picture that the built-in model takes for `dog_class`."""
    pictures = home / "Pictures"
    (pictures / "trip").mkdir(parents=True)
    sources = [
        PHOTOS / "cat.jpg", PHOTOS / "cat.jpg", PHOTOS / "coffee.png", PHOTOS / "rocket.jpg", dog,
    ]
    for name, source in zip(GOOD, sources):
        shutil.copy(source, pictures / name)
    cat = (PHOTOS / "cat.jpg").read_bytes()
    (pictures / DAMAGED[0]).write_bytes(cat[: len(cat) // 2])
    (pictures / DAMAGED[1]).write_text("This is no photo.\n")
    (pictures / "notes.txt").write_text("This is skipped.\n")

    shutil.copy(PHOTOS / "rocket.jpg", work / "photo.jpg")
    shutil.copy(PHOTOS / "cat.jpg", work / "cat.jpg")
    (work / "new.jpg").write_bytes(plumage("robin", "new"))
    write_birds(work / "photos")
    write_birds(work / "birds")
    write_birds(work / "birds-test", " to test")
    for name, members in {
        "photos.tar": ["cat.jpg", "photo.jpg"],
        "shard-1.tar": ["photos/robin"],
        "shard-2.tar": ["photos/sparrow"],
    }.items():
        with tarfile.open(work / name, "w") as archive:
            for member in members:
                archive.add(work / member, member)

    for label, source in [("espresso", PHOTOS / "coffee.png"), (dog_class, dog)]:
        folder = work / "validation" / label.replace(" ", "_")
        folder.mkdir(parents=True)
        shutil.copy(source, folder)
    (work / "my-pets/kitten").mkdir(parents=True)
    shutil.copy(PHOTOS / "cat.jpg", work / "my-pets/kitten")
    (work / "names.csv").write_text("kitten,tabby\n")

    (work / "pets.txt").write_text("".join(label + "\n" for label in PETS))
    write_torch(work / "pets.pth", [0.0, 2.0])
