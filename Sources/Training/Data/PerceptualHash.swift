public import Images

/// 64 bits that are nearly the same for copies of a picture that were resized or compressed again.
///
/// The picture is reduced to 32 x 32 grey values; bit i says whether the i-th of the 64 lowest
/// frequencies of its discrete cosine transform is above their median. (Zauner, "Implementation and
/// benchmarking of perceptual image hash functions", 2010, section 3.2.1.)
public struct PerceptualHash: Sendable, Hashable {
  public let bits: UInt64
  /// Whether the picture is so flat that its bits are noise: such pictures are compared with no
  /// other.
  public let isFlat: Bool

  /// Pictures whose hashes differ in no more bits than this are taken for copies of each other.
  public static let copyDistance = 8

  private static let side = 32
  private static let frequencies = 8

  /// A hash that was computed before.
  public init(bits: UInt64, isFlat: Bool = false) {
    self.bits = bits
    self.isFlat = isFlat
  }

  public init(_ image: RGBImage) {
    let grey = Self.reduced(image)
    var transform = [Float](repeating: 0, count: Self.frequencies * Self.side)
    // Rows first: transform[u][y] is frequency u of row y.
    for y in 0..<Self.side {
      for u in 0..<Self.frequencies {
        var sum: Float = 0
        for x in 0..<Self.side { sum += Self.cosines[u * Self.side + x] * grey[y * Self.side + x] }
        transform[u * Self.side + y] = sum
      }
    }
    var values: [Float] = []
    for v in 0..<Self.frequencies {
      for u in 0..<Self.frequencies {
        var sum: Float = 0
        for y in 0..<Self.side {
          sum += Self.cosines[v * Self.side + y] * transform[u * Self.side + y]
        }
        values.append(sum)
      }
    }
    // The mean brightness says nothing about what is in the picture.
    values[0] = 0
    let sorted = values.sorted()
    let median = (sorted[31] + sorted[32]) / 2
    var bits: UInt64 = 0
    for (index, value) in values.enumerated() where value > median { bits |= 1 << UInt64(index) }
    self.bits = bits
    isFlat = values.map(abs).max() ?? 0 < 64
  }

  /// How many bits differ.
  public func distance(to other: PerceptualHash) -> Int {
    (bits ^ other.bits).nonzeroBitCount
  }

  /// cos((2x + 1) u pi / 64), for 8 frequencies and 32 positions.
  private static let cosines: [Float] = (0..<frequencies).flatMap { u in
    (0..<side).map { x in
      Float(cosine(Double((2 * x + 1) * u) * Double.pi / Double(2 * side)))
    }
  }

  /// The mean grey values of 32 x 32 equal parts of the picture, 0 to 255.
  private static func reduced(_ image: RGBImage) -> [Float] {
    func bounds(_ part: Int, of length: Int) -> Range<Int> {
      let start = min(part * length / side, length - 1)
      return start..<max(start + 1, (part + 1) * length / side)
    }
    var grey: [Float] = []
    grey.reserveCapacity(side * side)
    for row in 0..<side {
      let rows = bounds(row, of: image.height)
      for column in 0..<side {
        let columns = bounds(column, of: image.width)
        var sum = 0
        for y in rows {
          for x in columns {
            let pixel = (y * image.width + x) * 3
            // ITU-R BT.601 luma, in thousandths.
            sum +=
              299 * Int(image.pixels[pixel]) + 587 * Int(image.pixels[pixel + 1])
              + 114 * Int(image.pixels[pixel + 2])
          }
        }
        grey.append(Float(sum) / Float(1000 * rows.count * columns.count))
      }
    }
    return grey
  }
}

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

private func cosine(_ angle: Double) -> Double { cos(angle) }
