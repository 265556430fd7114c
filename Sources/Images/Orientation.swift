/// How a stored picture is turned to stand upright: EXIF's tag 0x0112, by its values.
///
/// Exif 2.3, section 4.6.4: each names where the stored first row and first column belong.
enum Orientation: UInt16, CaseIterable {
  case upright = 1
  case mirrored
  case upsideDown
  case flipped
  case transposed
  /// To be turned clockwise by 90 degrees.
  case quarterTurn
  case antiTransposed
  case threeQuarterTurn

  /// Whether rows become columns.
  var swapsSides: Bool { rawValue >= 5 }

  /// The upright size of a picture stored with this size, and the other way round.
  func turned(_ size: PixelSize) -> PixelSize {
    swapsSides ? PixelSize(width: size.height, height: size.width) : size
  }

  /// Where the stored picture's right and bottom sides come to lie.
  var partialSides: DecodedImage.PartialSides {
    let (_, right, down) = walk(storedWidth: 1, storedHeight: 1)
    return DecodedImage.PartialSides(isLeft: right < 0, isTop: down < 0)
  }

  /// Which stored pixel the upright one at (0, 0) is, and the steps in the stored picture, in
  /// pixels, that one step right and one step down in the upright picture make.
  func walk(storedWidth width: Int, storedHeight height: Int) -> (start: Int, right: Int, down: Int)
  {
    let bottom = (height - 1) * width
    return switch self {
    case .upright: (0, 1, width)
    case .mirrored: (width - 1, -1, width)
    case .upsideDown: (bottom + width - 1, -1, -width)
    case .flipped: (bottom, 1, -width)
    case .transposed: (0, width, 1)
    case .quarterTurn: (bottom, -width, 1)
    case .antiTransposed: (bottom + width - 1, -width, -1)
    case .threeQuarterTurn: (width - 1, width, -1)
    }
  }

  /// Turns a stored picture of `size` upright. Square tiles, since a transposition reads columns.
  func upright(_ stored: [UInt8], size: PixelSize) -> RGBImage {
    if self == .upright { return RGBImage(width: size.width, height: size.height, pixels: stored) }
    let (start, right, down) = walk(storedWidth: size.width, storedHeight: size.height)
    let result = turned(size)
    let tile = 32
    // SAFETY: `walk` maps the upright picture's pixels one to one on the stored ones, so each of
    // its `count` bytes is read once and written once, all within the two buffers.
    let pixels = unsafe [UInt8](unsafeUninitializedCapacity: stored.count) { target, filled in
      unsafe stored.withUnsafeBufferPointer { source in
        for top in stride(from: 0, to: result.height, by: tile) {
          for left in stride(from: 0, to: result.width, by: tile) {
            for y in top..<min(top + tile, result.height) {
              var from = (start + left * right + y * down) * 3
              var to = (y * result.width + left) * 3
              for _ in left..<min(left + tile, result.width) {
                unsafe target[to] = source[from]
                unsafe target[to &+ 1] = source[from &+ 1]
                unsafe target[to &+ 2] = source[from &+ 2]
                from &+= right &* 3
                to &+= 3
              }
            }
          }
        }
      }
      filled = stored.count
    }
    return RGBImage(width: result.width, height: result.height, pixels: pixels)
  }
}
