"""What the JPEG and PNG fixtures share: the picture, and the record of what each file must give."""

import io
import json
import struct

import numpy as np
from PIL import Image, ImageOps

WIDTH, HEIGHT = 27, 19  # Odd, and no multiple of any block.


class Fixtures:
    """A folder of files, a manifest of them, and one file with the pixels of all."""

    def __init__(self, folder):
        self.folder, self.manifest, self.pixels = folder, [], b""
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()

    def add(self, name, data, pixels=None, **more):
        """A file that decodes to `pixels`, [height, width, 3], or else to what Pillow finds."""
        (self.folder / name).write_bytes(data)
        pixels = decoded_by_pillow(data) if pixels is None else pixels
        self.expect(name, pixels, **more)

    def expect(self, name, pixels, **more):
        found = np.ascontiguousarray(pixels, np.uint8).tobytes()
        offset = self.pixels.find(found)
        if offset < 0:
            offset = len(self.pixels)
            self.pixels += found
        height, width, _ = pixels.shape
        entry = {"file": name, "width": width, "height": height, "offset": offset}
        self.manifest.append(entry | more)

    def add_faulty(self, name, data, error):
        (self.folder / name).write_bytes(data)
        self.manifest.append({"file": name, "error": error})

    def add_recoverable(self, name, data, error, pixels=None):
        """A damaged file, and what can be made of it."""
        self.add(name, data, pixels, error=error)

    def write(self):
        (self.folder / "pixels.rgb").write_bytes(self.pixels)
        lines = ",\n".join(json.dumps(entry) for entry in self.manifest)
        (self.folder / "manifest.json").write_text(f"[\n{lines}\n]\n")


def decoded_by_pillow(data, background=(255, 255, 255)):
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    if image.mode == "CMYK":
        image = image.convert("RGB")
    image = image.convert("RGBA")
    result = Image.new("RGB", image.size, background)
    result.paste(image, mask=image.getchannel("A"))
    return np.asarray(result)


def picture(width=WIDTH, height=HEIGHT):
    """Gradients, a hard-edged disc and some texture, in RGB."""
    y, x = np.mgrid[0:height, 0:width].astype(float)
    red = 255 * x / (width - 1)
    green = 255 * y / (height - 1)
    blue = 128 + 100 * np.sin(x * 0.9) * np.cos(y * 0.7)
    rgb = np.stack([red, green, blue], axis=-1)
    disc = (x - width * 0.6) ** 2 + (y - height * 0.4) ** 2 < (height * 0.3) ** 2
    rgb[disc] = (250, 40, 20)
    return rgb.round().astype(np.uint8)


def patched(data, position, replacement):
    return data[:position] + bytes(replacement) + data[position + len(replacement) :]


def tiff(orientation, order="<", tag_type=3):
    value = struct.pack(order + ("H2x" if tag_type == 3 else "I"), orientation)
    entries = [
        struct.pack(order + "HHI4s", 0x0100, 4, 1, b"\1\1\1\1"),
        struct.pack(order + "HHI", 0x0112, tag_type, 1) + value,
    ]
    header = b"II*\0" if order == "<" else b"MM\0*"
    directory = struct.pack(order + "H", len(entries)) + b"".join(entries) + bytes(4)
    return header + struct.pack(order + "I", 8) + directory
