import Foundation
import Images
import Testing
import Training

/// Augmentation beside plain Swift, which samples and changes colours value by value in double
/// precision.
@Suite struct AugmentationReferenceTests {
  private let components = ColorComponents(
    deviations: [50, 10, 5],
    directions: [[0.6, 0.8, 0], [-0.8, 0.6, 0], [0, 0, 1]])

  @Test(
    "draws of the standard strengths give what plain Swift gives, but for rounding",
    arguments: [(1, 1), (3, 2), (7, 19), (64, 33), (227, 227)])
  func standard(_ width: Int, _ height: Int) {
    var random = RandomStream(seed: 5, .augmentation)
    for (index, size) in [(96, 64), (1, 1), (2, 31), (257, 256)].enumerated() {
      let picture = randomPicture(UInt64(index), width: size.0, height: size.1)
      for _ in 0..<4 {
        var draw = AugmentationDraw(
          .standard, aspect: Double(size.0) / Double(size.1), random: &random)
        draw.isMirrored = random.chance(0.5)
        draw.angle *= 4
        let expected = reference(draw, picture, width, height)
        let found = draw.pixels(
          of: picture, width: width, height: height, components: components, random: &random)
        // Sampled values are rounded before their colours are changed, by a factor of at most 1.8
        // or so, and rounded again.
        let difference = zip(found.pixels, expected).map { abs(Double($0) - $1) }.max() ?? 0
        #expect(difference <= 1.5, "\(size): \(difference)")
      }
    }
  }

  /// `[height, width, 3]`, 0 to 255, not rounded.
  private func reference(
    _ draw: AugmentationDraw, _ image: RGBImage, _ width: Int, _ height: Int
  ) -> [Double] {
    let (sourceWidth, sourceHeight) = (Double(image.width), Double(image.height))
    let region = draw.window ?? Region(x: 0, y: 0, width: 1, height: 1)
    let stepX = region.width * sourceWidth / Double(width) * (draw.isMirrored ? -1 : 1)
    let stepY = region.height * sourceHeight / Double(height)
    var values: [Double] = []
    for row in 0..<height {
      let y = (Double(row) + 0.5 - Double(height) / 2) * stepY
      for column in 0..<width {
        let x = (Double(column) + 0.5 - Double(width) / 2) * stepX
        let sourceX =
          (region.x + region.width / 2) * sourceWidth + cos(draw.angle) * x - sin(draw.angle) * y
        let sourceY =
          (region.y + region.height / 2) * sourceHeight + sin(draw.angle) * x + cos(draw.angle) * y
        values += sample(image, sourceX - 0.5, sourceY - 0.5)
      }
    }
    return changed(values, draw)
  }

  private func sample(_ image: RGBImage, _ x: Double, _ y: Double) -> [Double] {
    let (x, y) = (
      min(max(x, 0), Double(image.width - 1)), min(max(y, 0), Double(image.height - 1))
    )
    let (left, top) = (Int(x), Int(y))
    let (right, bottom) = (min(left + 1, image.width - 1), min(top + 1, image.height - 1))
    let (shareX, shareY) = (x - Double(left), y - Double(top))
    return (0..<3).map { channel in
      func at(_ x: Int, _ y: Int) -> Double { Double(image.value(x, y, channel)) }
      let upper = at(left, top) * (1 - shareX) + at(right, top) * shareX
      let lower = at(left, bottom) * (1 - shareX) + at(right, bottom) * shareX
      return upper * (1 - shareY) + lower * shareY
    }
  }

  private func changed(_ values: [Double], _ draw: AugmentationDraw) -> [Double] {
    func luma(_ pixel: [Double]) -> Double {
      0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2]
    }
    let pixels = stride(from: 0, to: values.count, by: 3).map { Array(values[$0..<$0 + 3]) }
    let mean = pixels.reduce(0) { $0 + luma($1) } / Double(pixels.count) * draw.brightness
    return pixels.flatMap { pixel in
      let contrasted = pixel.map { mean + ($0 * draw.brightness - mean) * draw.contrast }
      let grey = luma(contrasted)
      return (0..<3).map { channel in
        let shift = (0..<3).reduce(0.0) {
          $0 + draw.colorShift[$1] * components.deviations[$1]
            * components.directions[$1][channel]
        }
        let value = grey + (contrasted[channel] - grey) * draw.saturation + shift
        return min(max(value, 0), 255)
      }
    }
  }
}
