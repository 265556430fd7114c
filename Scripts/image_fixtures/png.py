"""PNG fixtures, written chunk by chunk."""

import struct
import zlib

import numpy as np
from PIL import Image

from image_fixtures.common import HEIGHT, WIDTH, patched, picture, tiff


def make(fixtures):
    make_sound_pngs(fixtures)
    make_odd_pngs(fixtures)
    make_faulty_pngs(fixtures)


GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
SIGNATURE = b"\x89PNG\r\n\x1a\n"
# (top, left, step down, step right)
ADAM7 = [
    (0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)
]


def chunk(name, data):
    checksum = zlib.crc32(name + data)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum)


def packed_rows(samples, depth):
    """`samples`, [height, width, channels], as filtered rows that use all five filters."""
    channels = samples.shape[2]
    step = max(1, channels * depth // 8)
    if depth == 16:
        rows = samples.astype(">u2").reshape(len(samples), -1).view(np.uint8)
    elif depth == 8:
        rows = samples.astype(np.uint8).reshape(len(samples), -1)
    else:
        bits = (samples.reshape(len(samples), -1)[..., None] >> np.arange(depth)[::-1]) & 1
        rows = np.packbits(bits.reshape(len(samples), -1).astype(np.uint8), axis=1)
    previous, output = [0] * rows.shape[1], b""
    for y, row in enumerate(rows.tolist()):
        left, corner = [0] * step + row, [0] * step + previous
        kind = y % 5
        predicted = [predict(kind, a, b, c) for a, b, c in zip(left, previous, corner)]
        output += bytes([kind]) + bytes((x - p) % 256 for x, p in zip(row, predicted))
        previous = row
    return output


def predict(kind, left, above, corner):
    if kind < 4:
        return (0, left, above, (left + above) // 2)[kind]
    distances = [abs(above - corner), abs(left - corner), abs(left + above - 2 * corner)]
    return (left, above, corner)[distances.index(min(distances))]


def png(samples, color, depth, interlaced=False, before=b"", after=b""):
    samples = samples if samples.ndim == 3 else samples[..., None]
    passes = ADAM7 if interlaced else [(0, 0, 1, 1)]
    parts = [samples[top::down, left::right] for top, left, down, right in passes]
    data = b"".join(packed_rows(part, depth) for part in parts if part.size)
    height, width = samples.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlaced)
    image = chunk(b"IDAT", zlib.compress(data, 9))
    return SIGNATURE + chunk(b"IHDR", header) + before + image + after + chunk(b"IEND", b"")


def sixteen(values):
    """16-bit samples with low bytes of their own."""
    values = values.astype(int)
    noise = np.arange(values.size).reshape(values.shape) * 37 % 256
    return values * 256 + noise


def over_white(rgb, alpha):
    image = Image.new("RGB", (rgb.shape[1], rgb.shape[0]), (255, 255, 255))
    image.paste(Image.fromarray(rgb.astype(np.uint8)), mask=Image.fromarray(alpha.astype(np.uint8)))
    return np.asarray(image)


def make_sound_pngs(fixtures):
    rgb = picture()
    grey = rgb.astype(int).sum(axis=2) // 3
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    alpha = (x * 11 + y * 5) % 256
    as_rgb = lambda values: np.stack([values] * 3, axis=-1)
    for interlaced in (False, True):
        def name(kind):
            return kind + ("-interlaced.png" if interlaced else ".png")

        def plain(kind, samples, color, depth, before=b"", pixels=None):
            fixtures.add(name(kind), png(samples, color, depth, interlaced, before), pixels)

        for depth in (1, 2, 4, 8):
            levels = grey >> (8 - depth)
            plain(f"grey-{depth}", levels, GREY, depth)
            key = chunk(b"tRNS", struct.pack(">H", 1))
            pixels = over_white(as_rgb(levels * 255 // (2**depth - 1)), (levels != 1) * 255)
            plain(f"grey-{depth}-key", levels, GREY, depth, key, pixels)
            colors = (np.arange(3 << depth) * 89 % 256).astype(np.uint8)
            palette = chunk(b"PLTE", colors.tobytes())
            plain(f"palette-{depth}", levels, PALETTE, depth, palette)
            # Fewer alphas than colours: the others are opaque.
            transparency = chunk(b"tRNS", bytes([0, 77, 200])[: 1 << depth])
            indices = np.where(x > 13, levels, (x + y) % min(4, 1 << depth))
            plain(f"palette-{depth}-alpha", indices, PALETTE, depth, palette + transparency)
        plain("rgb-8", rgb, RGB, 8)
        key = struct.pack(">HHH", 250, 40, 20)
        plain("rgb-8-key", rgb, RGB, 8, chunk(b"tRNS", key))
        plain("grey-alpha-8", np.dstack([grey, alpha]), GREY_ALPHA, 8)
        plain("rgba-8", np.dstack([rgb, alpha]), RGBA, 8)

        wide_grey, wide_rgb = sixteen(grey), sixteen(rgb)
        plain("grey-16", wide_grey, GREY, 16, pixels=as_rgb(grey))
        plain("rgb-16", wide_rgb, RGB, 16, pixels=rgb)
        # Keys that share their high bytes with many pixels, and all of their bits with one.
        wide_grey[:, :9] = 0x4000 + np.arange(9)
        key = chunk(b"tRNS", struct.pack(">H", 0x4003))
        pixels = over_white(as_rgb(wide_grey >> 8), (wide_grey != 0x4003) * 255)
        plain("grey-16-key", wide_grey, GREY, 16, key, pixels)
        disc = (rgb == (250, 40, 20)).all(axis=2)
        wide_rgb[disc] = (0xFA01, 0x2802, 0x1403)
        wide_rgb[disc & (x % 2 == 0)] = (0xFA01, 0x2802, 0x1404)
        opaque = ~(wide_rgb == (0xFA01, 0x2802, 0x1403)).all(axis=2)
        key = chunk(b"tRNS", struct.pack(">HHH", 0xFA01, 0x2802, 0x1403))
        plain("rgb-16-key", wide_rgb, RGB, 16, key, over_white(wide_rgb >> 8, opaque * 255))
        layers = np.dstack([sixteen(grey), sixteen(alpha)])
        plain("grey-alpha-16", layers, GREY_ALPHA, 16, pixels=over_white(as_rgb(grey), alpha))
        layers = np.dstack([sixteen(rgb), sixteen(alpha)])
        plain("rgba-16", layers, RGBA, 16, pixels=over_white(rgb, alpha))


def make_odd_pngs(fixtures):
    rgb = picture()
    color = chunk(b"gAMA", struct.pack(">I", 100000)) + chunk(b"cHRM", bytes(range(32)))
    color += chunk(b"iCCP", b"p\0\0" + zlib.compress(b"a profile"))
    fixtures.add("color-chunks.png", png(rgb, RGB, 8, before=color))
    for orientation, place in (6, "before"), (3, "after"), (7, "before"):
        exif = {place: chunk(b"eXIf", tiff(orientation, ">"))}
        fixtures.add(f"exif-{orientation}-{place}.png", png(rgb, RGB, 8, **exif))
    # A transparent colour that comes before the palette does not count.
    early = chunk(b"tRNS", struct.pack(">HHH", 250, 40, 20)) + chunk(b"PLTE", bytes(range(48)))
    fixtures.add("key-before-palette.png", png(rgb, RGB, 8, before=early), rgb)
    rgba = np.dstack([rgb, rgb[..., 2]])
    exif = tiff(6, ">")
    for name, kind, profile in (
        ("exif-6-text-compressed.png", b"zTXt", "exif"), ("exif-6-text.png", b"tEXt", "exif"),
        ("exif-6-text-app1.png", b"zTXt", "APP1"),
    ):
        text = raw_profile(exif, kind, profile)
        turned = np.rot90(rgb, -1)
        fixtures.add(name, png(rgb, RGB, 8, before=text), turned)
        # The eXIf chunk is preferred, wherever it is.
        both = png(rgb, RGB, 8, before=text, after=chunk(b"eXIf", tiff(3)))
        fixtures.add(name.replace("6-text", "3-both"), both, np.rot90(rgb, 2))
    text = raw_profile(exif, b"zTXt", "exif")
    text = patched(text, 40, [text[40] ^ 1])
    fixtures.add("exif-damaged-text.png", png(rgb, RGB, 8, before=text), rgb)
    damaged = chunk(b"eXIf", exif)
    damaged = patched(damaged, len(damaged) - 1, [damaged[-1] ^ 1])
    fixtures.add("exif-bad-checksum.png", png(rgb, RGB, 8, before=damaged), rgb)
    text = png(rgb, RGB, 8, before=chunk(b"tEXt", b"Title\0t"))
    bad = patched(text, text.index(b"Title"), b"t")
    fixtures.add("bad-text-checksum.png", bad, rgb)
    late = png(rgb, RGB, 8, after=patched(chunk(b"zTXt", b"k\0\0" + zlib.compress(b"x")), 9, b"?"))
    fixtures.add("bad-late-text-checksum.png", late, rgb)
    fixtures.add("exif-5-alpha.png", png(rgba, RGBA, 8, before=chunk(b"eXIf", tiff(5))))
    fixtures.add("trailing-garbage.png", png(rgb, RGB, 8) + b"garbage" * 9)
    bomb = chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(5_000_000), 9))
    fixtures.add("text-bomb.png", png(rgb, RGB, 8, before=bomb), rgb)
    fixtures.add("thin.png", png(np.zeros((1, 1, 3), int) + 7, RGB, 8, True))


def raw_profile(exif, kind, name):
    """A text chunk as ImageMagick writes EXIF data to: Magick_png_write_raw_profile."""
    profile = b"Exif\0\0" + exif
    digits = profile.hex()
    lines = "\n".join(digits[i : i + 72] for i in range(0, len(digits), 72))
    text = f"\n{name}\n{len(profile):8}\n{lines}\n".encode()
    key = b"Raw profile type " + name.encode() + b"\0"
    return chunk(kind, key + (text if kind == b"tEXt" else b"\0" + zlib.compress(text)))


def make_faulty_pngs(fixtures):
    rgb = picture()
    whole = png(rgb, RGB, 8)
    data = whole.index(b"IDAT")
    fixtures.add_faulty("no-end-chunk.png", whole[:-12], "truncated")
    fixtures.add_faulty("half.png", whole[: (data + len(whole)) // 2], "truncated")
    fixtures.add_faulty("header-only.png", whole[:20], "truncated")
    flipped = patched(whole, data + 30, [whole[data + 30] ^ 1])
    fixtures.add_faulty("bad-data-checksum.png", flipped, "corrupt")
    key = chunk(b"tRNS", struct.pack(">HHH", 250, 40, 20))
    key = patched(key, len(key) - 1, [key[-1] ^ 1])
    fixtures.add_faulty("bad-key-checksum.png", png(rgb, RGB, 8, before=key), "corrupt")
    fixtures.add_faulty("bad-signature.png", whole.replace(b"\r\n", b"\n", 1), "corrupt")

    def holding(compressed, width=WIDTH, height=HEIGHT, color=RGB):
        header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, color, 0, 0, 0))
        return SIGNATURE + header + chunk(b"IDAT", compressed) + chunk(b"IEND", b"")

    rows = packed_rows(rgb, 8)
    fixtures.add_faulty("too-few-rows.png", holding(zlib.compress(rows[:700])), "truncated")
    compressed = zlib.compress(rows)
    broken_sum = patched(compressed, len(compressed) - 1, [compressed[-1] ^ 1])
    fixtures.add_faulty("bad-rows-checksum.png", holding(broken_sum), "corrupt")
    # The data is right, and the checksum of its chunk is not.
    place = len(whole) - 12 - 1
    wrong = patched(whole, place, [whole[place] ^ 1])
    fixtures.add_recoverable("bad-chunk-checksum.png", wrong, "corrupt", rgb)
    fixtures.add_faulty("bad-filter.png", holding(zlib.compress(patched(rows, 0, [9]))), "corrupt")
    fixtures.add_faulty("no-palette.png", holding(compressed, color=PALETTE), "corrupt")
    fixtures.add_faulty("no-data.png", SIGNATURE + whole[8:33] + chunk(b"IEND", b""), "corrupt")
    fixtures.add_faulty("huge.png", holding(compressed, 100_000, 100_000), "limitExceeded")
    longest = 2**31 - 1
    fixtures.add_faulty("enormous.png", holding(compressed, longest, longest), "limitExceeded")
    fixtures.add_faulty("lying.png", holding(compressed, 13_000, 13_000), "truncated")
    apple = whole[:8] + chunk(b"CgBI", bytes(4)) + whole[8:]
    fixtures.add_faulty("apple.png", apple, "unsupportedFeature")
