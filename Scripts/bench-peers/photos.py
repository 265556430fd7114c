"""Photos to classify: crops and enlargements of the test fixtures' photos, so that they have
natural statistics, each a little different.

    python photos.py FOLDER

writes FOLDER/small (500 JPEG files of 500 x 375) and FOLDER/large (40 of 4000 x 3000).
"""

import pathlib
import random
import sys

from PIL import Image, ImageEnhance

SOURCES = pathlib.Path(__file__).parent.parent.parent / "Tests/Fixtures/photos"


def write(folder, count, size, quality):
    folder.mkdir(parents=True, exist_ok=True)
    if len(list(folder.glob("*.jpg"))) == count:
        return
    photos = [
        Image.open(path).convert("RGB")
        for path in sorted(SOURCES.iterdir())
        if path.suffix in (".jpg", ".png")
    ]
    chance = random.Random(1)
    for number in range(count):
        photo = photos[number % len(photos)]
        share = chance.uniform(0.7, 1)
        height = int(photo.height * share)
        width = min(photo.width, height * 4 // 3)
        left = chance.randint(0, photo.width - width)
        top = chance.randint(0, photo.height - height)
        picture = photo.crop((left, top, left + width, top + height)).resize(size, Image.LANCZOS)
        picture = ImageEnhance.Brightness(picture).enhance(chance.uniform(0.8, 1.2))
        if max(size) > 1000:
            # What enlarging cannot give: the fine grain of a sensor.
            grain = Image.effect_noise(size, 12).convert("RGB")
            picture = Image.blend(picture, grain, 0.06)
        picture.save(folder / f"{number:04}.jpg", quality=quality)


if __name__ == "__main__":
    target = pathlib.Path(sys.argv[1])
    write(target / "small", 500, (500, 375), 90)
    write(target / "large", 40, (4000, 3000), 90)
