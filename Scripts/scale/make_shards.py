#!/usr/bin/env python3
"""Packs images into tar shards as WebDataset has them: make_shards.py IMAGES FOLDER COUNT

Beside its images each shard has labels and other members that the program skips, and pictures with
names of other kinds.
"""

import io
import pathlib
import sys
import tarfile


ENDINGS = (
    "jpg jpeg jpe jfif jif png apng heic heif heics avif webp gif bmp dib tif tiff jp2 j2k jxl svg "
    "psd raw dng cr2 nef ico ppm pgm tga exr hdr txt json cls csv npy"
).split()


def add(archive, name, data=b"", kind=tarfile.REGTYPE, target=""):
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = len(data), kind, target
    archive.addfile(info, io.BytesIO(data))


def main():
    images, folder, count = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])
    folder.mkdir()
    files = sorted(images.rglob("*.png"))
    for shard in range(count):
        with tarfile.open(folder / f"{shard:03}.tar", "w") as archive:
            part = files[shard * len(files) // count : (shard + 1) * len(files) // count]
            for file in part:
                add(archive, file.name, file.read_bytes())
                add(archive, f"{file.stem}.cls", b"7\n")
            first = part[0]
            # The same names in each shard.
            add(archive, "LARGE.JPEG", first.read_bytes())
            add(archive, 'café "1".png', first.read_bytes())
            add(archive, "other.webp", b"RIFF\0\0\0\0WEBP")
            # Some of these endings are those of pictures.
            for ending in ENDINGS:
                add(archive, f"ending.{ending}", first.read_bytes())
            # These are skipped: links, a sparse file, and a picture that has no ending.
            add(archive, "link.png", kind=tarfile.SYMTYPE, target=first.name)
            add(archive, "hard-link.png", kind=tarfile.LNKTYPE, target=first.name)
            add(archive, "sparse.png", first.read_bytes(), kind=tarfile.GNUTYPE_SPARSE)
            add(archive, "picture", first.read_bytes())


if __name__ == "__main__":
    main()
