public import Images

/// A picture to draw on. What lies outside of it is not drawn.
public struct Canvas: Sendable {
  public let width: Int
  public let height: Int
  /// RGB, `[height, width, 3]`.
  private(set) var pixels: [UInt8]

  /// - Parameter background: the colour of all pixels at first.
  public init(width: Int, height: Int, background: RGBColor = .white) {
    precondition(width > 0 && height > 0)
    self.width = width
    self.height = height
    pixels = [UInt8](repeating: background.red, count: width * height * 3)
    guard background.green != background.red || background.blue != background.red else { return }
    for index in stride(from: 0, to: pixels.count, by: 3) {
      pixels[index + 1] = background.green
      pixels[index + 2] = background.blue
    }
  }

  /// A copy of a picture to draw on.
  public init(_ image: RGBImage) {
    width = image.width
    height = image.height
    pixels = image.pixels
  }

  /// What was drawn.
  public var image: RGBImage { RGBImage(width: width, height: height, pixels: pixels) }

  /// The colour of a pixel inside of the canvas.
  public subscript(x: Int, y: Int) -> RGBColor {
    get {
      let index = (y * width + x) * 3
      return RGBColor(red: pixels[index], green: pixels[index + 1], blue: pixels[index + 2])
    }
    set {
      let index = (y * width + x) * 3
      pixels[index] = newValue.red
      pixels[index + 1] = newValue.green
      pixels[index + 2] = newValue.blue
    }
  }

  /// Mixes a colour into a pixel.
  ///
  /// - Parameter share: 0 leaves the pixel as it is, 1 replaces it.
  public mutating func blend(_ color: RGBColor, at x: Int, _ y: Int, share: Float) {
    guard share > 0, x >= 0, x < width, y >= 0, y < height else { return }
    self[x, y] = self[x, y].mixed(with: color, share: min(share, 1))
  }

  /// Copies a picture to the canvas, its top left corner at (`x`, `y`).
  public mutating func draw(_ image: RGBImage, x: Int, y: Int) {
    let columns = max(0, -x)..<max(max(0, -x), min(image.width, width - x))
    for row in max(0, -y)..<max(max(0, -y), min(image.height, height - y)) where !columns.isEmpty {
      let source = (row * image.width + columns.lowerBound) * 3
      let target = ((y + row) * width + x + columns.lowerBound) * 3
      let count = columns.count * 3
      pixels.replaceSubrange(target..<target + count, with: image.pixels[source..<source + count])
    }
  }
}

/// A rectangle of whole pixels.
public struct PixelRectangle: Sendable, Hashable {
  public var x: Int
  public var y: Int
  public var width: Int
  public var height: Int

  public init(x: Int, y: Int, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  var columns: Range<Int> { x..<x + max(0, width) }
  var rows: Range<Int> { y..<y + max(0, height) }
}

extension RGBColor {
  /// - Parameter share: of the other colour, from 0 to 1.
  public func mixed(with other: RGBColor, share: Float) -> RGBColor {
    mixed(with: other, weight: Int(share * 256 + 0.5))
  }

  /// - Parameter weight: of the other colour, from 0 to 256.
  func mixed(with other: RGBColor, weight: Int) -> RGBColor {
    func mix(_ a: UInt8, _ b: UInt8) -> UInt8 {
      UInt8(truncatingIfNeeded: (Int(a) * (256 - weight) + Int(b) * weight + 128) >> 8)
    }
    return RGBColor(
      red: mix(red, other.red), green: mix(green, other.green), blue: mix(blue, other.blue))
  }

  /// A grey of the same luma (ITU-R BT.601).
  public var grey: RGBColor {
    let luma = 77 * Int(red) + 150 * Int(green) + 29 * Int(blue)
    let value = UInt8(truncatingIfNeeded: (luma + 128) >> 8)
    return RGBColor(red: value, green: value, blue: value)
  }
}
