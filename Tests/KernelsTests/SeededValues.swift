import Tensors

/// Reproducible values for tests: SplitMix64 (Steele, Lea and Flood 2014), mapped to -1 ..< 1 by
/// its top 24 bits.
struct SeededValues {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func floats(_ count: Int) -> [Float] {
    (0..<count).map { _ in Float(next() >> 40) * 0x1p-23 - 1 }
  }

  /// A sparse matrix, of whose every three columns one is empty, one full, and one a tenth full.
  mutating func sparseMatrix(
    rows: Int, columns: Int, codebook: [Float]? = nil
  ) throws -> SparseMatrix {
    let stride = SparseMatrix.maskStride(rows: rows)
    var masks = [UInt8](repeating: 0, count: columns * stride)
    var codes: [UInt8] = []
    for column in 0..<columns {
      var count = 0
      for row in 0..<rows {
        guard column % 3 == 0 || column % 3 == 2 && next() % 10 == 0 else { continue }
        masks[column * stride + row / 8] |= 1 << (row % 8)
        let code = UInt8(next() % 16)
        if count % 2 == 0 { codes.append(code) } else { codes[codes.count - 1] |= code << 4 }
        count += 1
      }
    }
    return try SparseMatrix(
      rows: rows, columns: columns, masks: Tensor(bytes: masks, .uint8, shape: [columns, stride]),
      codes: Tensor(bytes: codes, .uint8, shape: [codes.count]), codebook: codebook ?? floats(16))
  }
}

/// The largest difference between two equally long lists.
func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
  guard a.count == b.count else { return .infinity }
  return zip(a, b).reduce(0) { largest, pair in
    let difference = abs(pair.0 - pair.1)
    return difference.isNaN ? .infinity : max(largest, difference)
  }
}

/// The error that summing `terms` products of values below 1 may have in float32: each of the sums
/// rounds by at most half a unit in the last place of a partial sum, which grows as the root of its
/// length for random signs; sixteen times that leaves room for the unlucky.
func tolerance(terms: Int) -> Float {
  16 * Float(terms).squareRoot() * Float.ulpOfOne
}

/// The nearest number of eight significant bits, ties to even.
func nearestBFloat16(_ value: Float) -> Float {
  guard value != 0 else { return value }
  return Float(
    sign: value.sign, exponent: value.exponent,
    significand: (value.significand * 128).rounded(.toNearestOrEven) / 128)
}
