#!/usr/bin/env python3
"""Makes Tests/ImagesTests/Fixtures: small JPEG and PNG files, and the pixels they hold.

Needs Pillow and numpy, and cjpeg (libjpeg-turbo's programs) for what Pillow cannot write:

    python3 -m venv .venv && .venv/bin/pip install pillow numpy
    .venv/bin/python Scripts/make-image-fixtures.py

manifest.json lists every file with its upright size and the place of its expected pixels, 8-bit
RGB, in pixels.rgb; or with the error that it must give; or with both, for a damaged file that
gives these pixels on request. The pixels are what Pillow decodes. The exceptions are 16-bit PNGs,
for which they come from the samples that were written (Pillow clips grey ones, and compares a
transparent colour after its reduction), lossless JPEG, and PNGs with wrong checksums, which Pillow
refuses.
"""

import pathlib

from image_fixtures import jpeg, png
from image_fixtures.common import Fixtures

tests = pathlib.Path(__file__).resolve().parent.parent / "Tests"
fixtures = Fixtures(tests / "ImagesTests/Fixtures")
jpeg.make(fixtures)
png.make(fixtures)
fixtures.write()
