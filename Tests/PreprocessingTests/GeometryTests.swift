import Images
import Preprocessing
import Testing

/// The geometry of preprocessing beside what preprocessing does with a picture whose colours tell
/// where each of its pixels was.
@Suite struct GeometryTests {
  /// Red grows from left to right, green from top to bottom, and blue is 255: padding has none.
  private func picture(_ width: Int, _ height: Int) -> DecodedImage {
    var pixels: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        pixels += [UInt8(255 * x / width), UInt8(255 * y / height), 255]
      }
    }
    return DecodedImage(
      image: RGBImage(width: width, height: height, pixels: pixels),
      fullSize: PixelSize(width: width, height: height))
  }

  private static func steps(_ steps: Preprocessing.Step...) -> Preprocessing {
    // The numbers are valid.
    (try? Preprocessing(steps: steps, channels: .rgb, mean: [0, 0, 0], scale: [1, 1, 1]))
      ?? .alexnet
  }

  private static let all: [Preprocessing] = [
    .alexnet, .caffe, .torchvision, .onnxZoo, steps(),
    steps(.centerCrop(width: 250, height: 91)),
    steps(.centerCrop(width: 300, height: 300), .squash(width: 100, height: 150, antialias: true)),
    steps(
      .resizeShortSide(size: 60, antialias: false), .centerCrop(width: 50, height: 70),
      .resizeShortSide(size: 101, antialias: true), .centerCrop(width: 99, height: 99)),
  ]

  @Test(
    "every pixel comes from where the geometry says, and padding from outside of the photo",
    arguments: [(400, 300), (150, 333), (227, 227), (1001, 90), (31, 64)])
  func positions(width: Int, height: Int) throws {
    for preprocessing in Self.all {
      let geometry = try preprocessing.geometry(for: PixelSize(width: width, height: height))
      let result = try preprocessing.pixels(from: picture(width, height))
      for y in stride(from: 0, to: result.height, by: 7) {
        for x in stride(from: 0, to: result.width, by: 7) {
          let index = (y * result.width + x) * 3
          let pixel = result.pixels[index..<index + 3].map(Double.init)
          let column = geometry.columns.photo(Double(x) + 0.5)
          let row = geometry.rows.photo(Double(y) + 0.5)
          // How far the position is inside of what is seen, in pixels of the result.
          let inside = min(
            distance(column, geometry.columns) / geometry.columns.pixel,
            distance(row, geometry.rows) / geometry.rows.pixel)
          if inside < -1 { #expect(pixel == [0, 0, 0]) }
          guard inside > 3 else { continue }
          let context = "\(preprocessing.steps) of \(width) x \(height) at \(x), \(y)"
          #expect(abs(pixel[2] - 255) < 1, "\(context)")
          // The colours of a small picture have steps.
          let tolerance = { (size: Int) in 3 + 255 / Double(size) }
          let red = 255 * (column - 0.5) / Double(width)
          let green = 255 * (row - 0.5) / Double(height)
          #expect(abs(pixel[0] - red) < tolerance(width), "\(context)")
          #expect(abs(pixel[1] - green) < tolerance(height), "\(context)")
        }
      }
    }
  }

  private func distance(_ position: Double, _ axis: InputGeometry.Axis) -> Double {
    min(position - axis.seen.lowerBound, axis.seen.upperBound - position)
  }

  @Test("the usual crop sees the middle of a wide photo")
  func middle() throws {
    // The short side of 300 becomes 256, and 400 becomes 341; 57 and 14 pixels are cut off.
    let geometry = try Preprocessing.alexnet.geometry(for: PixelSize(width: 400, height: 300))
    #expect(abs(geometry.columns.seen.lowerBound - 57.0 * 400 / 341) < 1e-9)
    #expect(abs(geometry.columns.seen.upperBound - 284.0 * 400 / 341) < 1e-9)
    #expect(abs(geometry.rows.seen.lowerBound - 14.0 * 300 / 256) < 1e-9)
    #expect(abs(geometry.rows.seen.upperBound - 241.0 * 300 / 256) < 1e-9)
    #expect(abs(geometry.columns.input(geometry.columns.photo(12.25)) - 12.25) < 1e-9)
  }

  @Test("a photo that is too large for its steps is refused")
  func tooLarge() {
    #expect(throws: PreprocessingError.self) {
      try Preprocessing.alexnet.geometry(for: PixelSize(width: 1, height: 1 << 50))
    }
  }
}
