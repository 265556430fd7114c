#!/usr/bin/env python3
"""Writes small PNG images, one in twenty of them cut short: make_images.py FOLDER COUNT"""

import os
import random
import struct
import sys
import zlib


def chunk(kind, data):
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def png(seed, side=64):
    """Stripes of random colours, each row moved on by a random number of pixels."""
    source = random.Random(seed)
    stripes = b"".join(source.randbytes(3) * source.randrange(2, 12) for _ in range(side))
    step = source.randrange(1, 4)
    rows = bytearray()
    for y in range(side):
        start = 3 * (y * step % side)
        rows += b"\0" + (stripes[start:] + stripes)[: 3 * side]
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(rows), 1))
        + chunk(b"IEND", b"")
    )


def main():
    folder, count = sys.argv[1], int(sys.argv[2])
    for index in range(count):
        if index % 1000 == 0:
            part = os.path.join(folder, f"{index // 1000:03}")
            os.makedirs(part, exist_ok=True)
        data = png(index)
        if index % 20 == 10:
            data = data[: len(data) // 2]
        with open(os.path.join(part, f"{index:06}.png"), "wb") as file:
            file.write(data)


if __name__ == "__main__":
    main()
