"""JPEG fixtures: libjpeg-turbo's cjpeg and Pillow write them, and damage is done by hand."""

import io
import struct
import subprocess

import numpy as np
from PIL import Image, ImageOps

from image_fixtures.common import HEIGHT, WIDTH, decoded_by_pillow, patched, picture, tiff


def make(fixtures):
    make_sound_jpegs(fixtures)
    make_oriented_jpegs(fixtures)
    make_odd_jpegs(fixtures)
    make_faulty_jpegs(fixtures)


def cjpeg(*arguments, source=None):
    ppm = io.BytesIO()
    Image.fromarray(picture() if source is None else source).save(ppm, "PPM")
    command = ["cjpeg", "-quality", "85", *arguments]
    return subprocess.run(command, input=ppm.getvalue(), capture_output=True, check=True).stdout


def pillow_jpeg(image, **options):
    output = io.BytesIO()
    image.save(output, "JPEG", **({"quality": 85} | options))
    return output.getvalue()


def segments(jpeg):
    """The marker segments before the entropy-coded data, as (marker, start, end)."""
    position, result = 2, []
    while jpeg[position + 1] != 0xDA:
        end = position + 2 + struct.unpack(">H", jpeg[position + 2 : position + 4])[0]
        result.append((jpeg[position + 1], position, end))
        position = end
    return result + [(0xDA, position, position + 2 + jpeg[position + 3])]


def find(jpeg, *markers):
    return next(part for part in segments(jpeg) if part[0] in markers)


def with_size(jpeg, width, height):
    start = find(jpeg, 0xC0, 0xC1, 0xC2, 0xC3)[1]
    return patched(jpeg, start + 5, struct.pack(">HH", height, width))


def with_exif(jpeg, exif):
    payload = b"Exif\0\0" + exif
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(payload) + 2) + payload + jpeg[2:]


def lossless_jpeg(samples):
    """A grey lossless JPEG, predictor 1 (ITU-T T.81, annex H), with 4-bit codes for 0 to 8 bits."""
    height, width = samples.shape
    bits = ""
    for y in range(height):
        for x in range(width):
            left, above = (y, x - 1), (y - 1, x)
            predicted = 128 if x == y == 0 else samples[left if x else above]
            difference = int(samples[y, x]) - int(predicted)
            size = abs(difference).bit_length()
            low = difference if difference > 0 else difference + (1 << size) - 1
            bits += f"{size:04b}" + (f"{low:0{size}b}" if size else "")
    bits += "1" * (-len(bits) % 8)
    data = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    frame = struct.pack(">BHHBBBB", 8, height, width, 1, 1, 0x11, 0)
    codes = bytes([0, 0, 0, 0, 9]) + bytes(12) + bytes(range(9))
    return b"".join(
        [b"\xff\xd8\xff\xc3", struct.pack(">H", len(frame) + 2), frame, b"\xff\xc4"]
        + [struct.pack(">H", len(codes) + 2), codes, b"\xff\xda\0\x08\1\1\0\1\0\0", data]
        + [b"\xff\xd9"]
    )


def make_sound_jpegs(fixtures):
    image = Image.fromarray(picture())
    for name, factors in {
        "444": "1x1", "422": "2x1", "420": "2x2", "411": "4x1", "440": "1x2", "410": "4x2",
        "mixed": "2x2,1x2,2x1",
    }.items():
        fixtures.add(f"baseline-{name}.jpg", cjpeg("-sample", factors))
        fixtures.add(f"progressive-{name}.jpg", cjpeg("-progressive", "-sample", factors))
    separate = separate_scans(fixtures)
    fixtures.add("separate-scans.jpg", separate)
    after_first = separate.index(b"\xff\xda", find(separate, 0xDA)[2])
    fixtures.add_faulty("missing-components.jpg", separate[:after_first] + b"\xff\xd9", "truncated")
    fixtures.add("arithmetic.jpg", cjpeg("-arithmetic"))
    fixtures.add("arithmetic-progressive.jpg", cjpeg("-arithmetic", "-progressive"))
    fixtures.add("restart-markers.jpg", cjpeg("-restart", "1B"))
    fixtures.add("rgb.jpg", cjpeg("-rgb"))
    fixtures.add("grey.jpg", pillow_jpeg(image.convert("L")))
    fixtures.add("grey-progressive.jpg", pillow_jpeg(image.convert("L"), progressive=True))
    # Pillow writes Adobe's inverted values; the transform says whether they are YCCK.
    cmyk = pillow_jpeg(add_black(image))
    fixtures.add("cmyk-adobe.jpg", cmyk)
    start, end = find(cmyk, 0xEE)[1:]
    fixtures.add("ycck-adobe.jpg", patched(cmyk, end - 1, [2]))
    # Without the marker, the values are taken for inverted too.
    fixtures.add("cmyk-plain.jpg", cmyk[:start] + cmyk[end:])


def add_black(rgb):
    """CMYK with some ink in all four channels."""
    cyan, magenta, yellow = (255 - np.asarray(rgb).astype(int)).transpose(2, 0, 1)
    black = np.minimum(np.minimum(cyan, magenta), yellow) // 2
    inks = np.stack([cyan - black, magenta - black, yellow - black, black + 10], axis=-1)
    return Image.fromarray(inks.astype(np.uint8), "CMYK")


def make_oriented_jpegs(fixtures):
    jpeg = cjpeg("-sample", "2x1")
    for orientation in range(1, 9):
        exif = tiff(orientation, "<>"[orientation % 2], 3 if orientation != 8 else 4)
        fixtures.add(f"exif-{orientation}.jpg", with_exif(jpeg, exif))
    stored = decoded_by_pillow(jpeg)
    fixtures.add("exif-out-of-range.jpg", with_exif(jpeg, tiff(9)), stored)
    fixtures.add("exif-damaged.jpg", with_exif(jpeg, tiff(6)[:24]), stored)
    reduced = with_exif(cjpeg(source=picture(101, 67)), tiff(6))
    fixtures.add("reducible.jpg", reduced)
    for scale in (2, 4, 8):
        image = Image.open(io.BytesIO(reduced))
        image.draft("RGB", (image.width // scale, image.height // scale))
        pixels = np.asarray(ImageOps.exif_transpose(image))
        fixtures.expect("reducible.jpg", pixels, scale=scale)


def make_odd_jpegs(fixtures):
    """Damage that decodes all the same."""
    jpeg = cjpeg()
    fixtures.add("trailing-garbage.jpg", jpeg + b"\0garbage\xff\xd8\xff" * 9)
    table = find(jpeg, 0xDB)[1]
    fixtures.add("extraneous-bytes.jpg", jpeg[:table] + b"\0\x01\x02" + jpeg[table:])
    fixtures.add("jfif-3.jpg", patched(jpeg, find(jpeg, 0xE0)[1] + 9, [3]))
    scan_end = find(jpeg, 0xDA)[2]
    fixtures.add("zero-spectrum.jpg", patched(jpeg, scan_end - 3, [0, 0, 0]))


def make_faulty_jpegs(fixtures):
    jpeg, progressive = cjpeg(), cjpeg("-progressive")
    scan_end = find(jpeg, 0xDA)[2]
    middle = (scan_end + len(jpeg)) // 2
    fixtures.add_faulty("no-end-marker.jpg", jpeg[:-2], "truncated")
    fixtures.add_faulty("half.jpg", jpeg[:middle], "truncated")
    # Cut within the tables between two scans, and within a scan.
    tables = progressive.rindex(b"\xff\xc4")
    fixtures.add_faulty("cut-tables-progressive.jpg", progressive[: tables + 6], "truncated")
    fixtures.add_faulty("half-progressive.jpg", progressive[: tables - 9], "truncated")
    fixtures.add_faulty("header-only.jpg", jpeg[: scan_end - 20], "truncated")
    fixtures.add_faulty("early-end-marker.jpg", jpeg[:middle] + b"\xff\xd9", "truncated")
    restarts = cjpeg("-restart", "1B")
    lost = restarts.replace(b"\xff\xd1", b"\xff\xd5", 1)
    fixtures.add_recoverable("lost-restart.jpg", lost, "corrupt")
    # A code that there is not, in the segment before the second restart marker.
    second = restarts.index(b"\xff\xd1")
    broken = patched(restarts, second - 12, [0xFE] * 8)
    fixtures.add_recoverable("damaged-segment.jpg", broken, "corrupt")
    table = find(jpeg, 0xC4)[1]
    fixtures.add_faulty("bad-huffman-table.jpg", patched(jpeg, table + 5, [255] * 16), "corrupt")
    frame = find(jpeg, 0xC0)[1]
    deep = patched(patched(jpeg, frame + 1, [0xC1]), frame + 4, [12])
    fixtures.add_faulty("twelve-bit.jpg", deep, "unsupportedFeature")
    fixtures.add_faulty("hierarchical.jpg", patched(jpeg, frame + 1, [0xC5]), "unsupportedFeature")
    fixtures.add_faulty("no-height.jpg", with_size(jpeg, WIDTH, 0), "unsupportedFeature")
    uneven = patched(jpeg, frame + 11, [0x31, 0, 2, 0x21])
    fixtures.add_faulty("uneven-sampling.jpg", uneven, "unsupportedFeature")
    grey = np.asarray(Image.fromarray(picture()).convert("L"))
    lossless = lossless_jpeg(grey)
    # Newer builds of the library decode it.
    fixtures.add("lossless.jpg", lossless, np.stack([grey] * 3, axis=-1), mayBeUnsupported=True)
    fixtures.add_faulty("huge.jpg", with_size(jpeg, 60000, 60000), "limitExceeded")
    fixtures.add_faulty("huge-progressive.jpg", with_size(progressive, 13000, 13000), "truncated")
    separate = separate_scans(fixtures)
    first_end = separate.index(b"\xff\xda", find(separate, 0xDA)[2])
    many = separate[:first_end] + separate[find(separate, 0xDA)[1] : first_end] * 100
    fixtures.add_faulty("many-scans.jpg", many + separate[first_end:], "limitExceeded")


def separate_scans(fixtures):
    """A sequential file that has each component in a scan of its own."""
    script = fixtures.folder / "scans.txt"
    script.write_text("0; 1; 2;")
    jpeg = cjpeg("-scans", str(script))
    script.unlink()
    return jpeg
