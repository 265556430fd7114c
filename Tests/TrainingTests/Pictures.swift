import Images
import Training

/// A picture whose values are drawn at random and then smoothed, so that it has some structure.
func randomPicture(_ seed: UInt64, width: Int = 96, height: Int = 64) -> RGBImage {
  var random = RandomStream(seed: seed, .noise)
  // Coarse values, interpolated: what photos look like from afar.
  let coarse = (0..<8 * 8 * 3).map { _ in random.uniform(0...255) }
  var pixels: [UInt8] = []
  for y in 0..<height {
    for x in 0..<width {
      let (u, v) = (Double(x) * 7 / Double(width), Double(y) * 7 / Double(height))
      let (column, row) = (Int(u), Int(v))
      let (a, b) = (u - Double(column), v - Double(row))
      for channel in 0..<3 {
        func at(_ row: Int, _ column: Int) -> Double {
          coarse[(min(row, 7) * 8 + min(column, 7)) * 3 + channel]
        }
        let upper = at(row, column) * (1 - a) + at(row, column + 1) * a
        let lower = at(row + 1, column) * (1 - a) + at(row + 1, column + 1) * a
        pixels.append(UInt8(upper * (1 - b) + lower * b))
      }
    }
  }
  return RGBImage(width: width, height: height, pixels: pixels)
}

/// A picture of one colour.
func flatPicture(_ r: UInt8, _ g: UInt8, _ b: UInt8, side: Int = 8) -> RGBImage {
  RGBImage(
    width: side, height: side,
    pixels: (0..<side * side).flatMap { _ in [r, g, b] })
}

extension RGBImage {
  /// Every second pixel of every second row.
  var halved: RGBImage {
    var result: [UInt8] = []
    for y in 0..<height / 2 {
      for x in 0..<width / 2 {
        let pixel = (2 * y * width + 2 * x) * 3
        result += pixels[pixel..<pixel + 3]
      }
    }
    return RGBImage(width: width / 2, height: height / 2, pixels: result)
  }

  func value(_ x: Int, _ y: Int, _ channel: Int) -> Int {
    Int(pixels[(y * width + x) * 3 + channel])
  }
}
