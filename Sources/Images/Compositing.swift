/// Composites RGBA pixels over a background colour in place: `[count, 4]` becomes `[count, 3]` at
/// the beginning of `pixels`.
///
/// Each channel becomes `round((alpha * value + (255 - alpha) * background) / 255)`. The values are
/// gamma-encoded, and alpha is not premultiplied.
func compositeInPlace(_ pixels: inout MutableSpan<UInt8>, over background: RGBColor) {
  for pixel in 0..<(pixels.count / 4) {
    let (source, target) = (pixel * 4, pixel * 3)
    let alpha = pixels[source + 3]
    let red = blend(pixels[source], alpha, background.red)
    let green = blend(pixels[source + 1], alpha, background.green)
    let blue = blend(pixels[source + 2], alpha, background.blue)
    pixels[target] = red
    pixels[target + 1] = green
    pixels[target + 2] = blue
  }
}

private func blend(_ value: UInt8, _ alpha: UInt8, _ background: UInt8) -> UInt8 {
  let sum = UInt32(alpha) * UInt32(value) + UInt32(255 - alpha) * UInt32(background)
  return UInt8(truncatingIfNeeded: (sum + 127) / 255)
}

/// Fills RGB pixels with one colour.
func fill(_ pixels: inout MutableSpan<UInt8>, with color: RGBColor) {
  for pixel in 0..<(pixels.count / 3) {
    pixels[pixel * 3] = color.red
    pixels[pixel * 3 + 1] = color.green
    pixels[pixel * 3 + 2] = color.blue
  }
}
