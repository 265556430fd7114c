@testable import Images

extension FuzzTarget {
  static let images = [
    FuzzTarget(name: "jpeg", run: decode),
    FuzzTarget(name: "png", run: decode),
    FuzzTarget(name: "exif") { bytes in
      _ = Orientation(exif: bytes.span)
      _ = Orientation(jpeg: bytes.span)
      _ = Orientation(png: bytes.span)
    },
  ]

  /// Decodes strictly at full size, and then with damage allowed at the scale that would do for
  /// half of the picture.
  private static func decode(_ bytes: [UInt8]) {
    var options = DecodeOptions()
    // Larger pictures take longer and reach no other code.
    options.maxPixels = 1 << 20
    ignoringErrors { _ = try ImageDecoder(bytes.span, options: options).decode(bytes.span) }
    options.allowDamaged = true
    options.sufficientSize = { PixelSize(width: $0.width / 4, height: $0.height / 4) }
    ignoringErrors { _ = try ImageDecoder(bytes.span, options: options).decode(bytes.span) }
  }
}
