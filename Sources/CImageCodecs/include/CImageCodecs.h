// JPEG and PNG files in memory to 8-bit pixels in the caller's buffer, over libjpeg and libpng.
//
// Both libraries leave a failure by longjmp, which must not cross Swift frames: here it stays
// inside one call, and a status with a message comes out. Each format has two calls, for the header
// and for the pixels, so that the caller judges the size before it allocates. Nothing is kept
// across calls.
#ifndef C_IMAGE_CODECS_H
#define C_IMAGE_CODECS_H

#include "codec_status.h"
#include "jpeg_codec.h"
#include "png_codec.h"

#endif
