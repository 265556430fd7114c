#!/usr/bin/env python3
"""Makes Tests/ImageDecodingTests/Fixtures: small JPEG and PNG files, and the pixels they hold.

Needs Pillow and numpy, and cjpeg (libjpeg-turbo's programs) for what Pillow cannot write:

    python3 -m venv .venv && .venv/bin/pip install pillow numpy
    .venv/bin/python Scripts/make-image-fixtures.py

manifest.json lists every file with its upright size and the place of its expected pixels, 8-bit
RGB, in pixels.rgb; or with the error that it must give. The pixels are what Pillow decodes. The
exceptions are 16-bit PNGs, for which they come from the samples that were written (Pillow clips
grey ones, and compares a transparent colour after its reduction), lossless JPEG, and CMYK JPEG
without Adobe's marker (Pillow takes all CMYK for inverted).
"""

import pathlib

from image_fixtures import jpeg, png
from image_fixtures.common import Fixtures

tests = pathlib.Path(__file__).resolve().parent.parent / "Tests"
fixtures = Fixtures(tests / "ImageDecodingTests/Fixtures")
jpeg.make(fixtures)
png.make(fixtures)
fixtures.write()
