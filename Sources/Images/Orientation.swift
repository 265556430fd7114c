/// How a stored picture must be turned to be upright. The raw values are those of EXIF's tag
/// 0x0112.
///
/// Source: Exif 2.3, section 4.6.4, which defines each value by the sides of the upright picture at
/// which the first row and the first column of the stored picture are.
enum Orientation: UInt16, CaseIterable {
  case upright = 1
  case mirrored
  case upsideDown
  case flipped
  case transposed
  /// The stored picture must be turned clockwise by 90 degrees.
  case quarterTurn
  case antiTransposed
  case threeQuarterTurn

  /// Whether the rows of the stored picture become columns.
  var swapsSides: Bool { rawValue >= 5 }

  /// The upright size of a picture from its stored size, or the stored size from the upright size.
  func turned(_ size: PixelSize) -> PixelSize {
    swapsSides ? PixelSize(width: size.height, height: size.width) : size
  }

  /// The sides of the upright picture at which the right and the bottom side of the stored picture
  /// are.
  var partialSides: DecodedImage.PartialSides {
    let (_, right, down) = walk(storedWidth: 1, storedHeight: 1)
    return DecodedImage.PartialSides(isLeft: right < 0, isTop: down < 0)
  }

  /// The index of the stored pixel that is at (0, 0) in the upright picture, and by how much the
  /// index changes for one step to the right and for one step down in the upright picture.
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

  /// Turns a stored picture of `size` upright. It works in square tiles, because a transposition
  /// reads columns, which would use the cache badly over the whole height.
  func upright(_ stored: [UInt8], size: PixelSize) -> RGBImage {
    if self == .upright { return RGBImage(width: size.width, height: size.height, pixels: stored) }
    let (start, right, down) = walk(storedWidth: size.width, storedHeight: size.height)
    let result = turned(size)
    let tile = 32
    // SAFETY: `walk` maps each pixel of the upright picture to a different stored pixel, so every
    // byte of both buffers is accessed exactly once, and none outside them.
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
