import Kernels
import Threads

/// Orthonormal directions along which the features of many photos differ most.
struct SketchDirections: Sendable, Equatable {
  /// `[count, length]`.
  let values: [Float]
  let length: Int
  /// What bounds of similarities gain because the directions are orthonormal only up to rounding.
  let slack: Float

  var count: Int { values.count / length }

  /// The largest difference of a product of two directions from 0 or 1.
  private static let tolerance: Float = 1e-5

  /// Nil where the directions are not orthonormal. A direction of zeros is allowed.
  init?(_ values: [Float], length: Int) {
    let count = values.count / length
    let matrix = FloatBuffer(values)
    let products = FloatBuffer(count: count * count)
    let product = MatrixProduct()
    let view = MatrixView(matrix, rows: count, columns: length)
    product.run(
      view, view.transposed, into: MatrixView(products, rows: count, columns: count),
      scratch: FloatBuffer(
        count: product.scratchCount(rows: count, columns: count, depth: length)),
      pool: WorkerPool(threads: 1))
    var largest: Float = 0
    for (index, value) in products.values(0..<count * count).enumerated() {
      let (row, column) = index.quotientAndRemainder(dividingBy: count)
      let isZero = row == column && value == 0
      let difference = isZero ? 0 : abs(value - (row == column ? 1 : 0))
      // A NaN is not at most anything.
      guard difference <= Self.tolerance else { return nil }
      largest = max(largest, difference)
    }
    self.values = values
    self.length = length
    // Coordinates are at most 1, and there are `count` of them; the rest is the rounding of sums.
    slack = 2 * largest * Float(count) + 4e-5
  }

  /// Learns directions from rows: the mean, and the directions in which most of the squares of the
  /// rows lie (principal components without the subtraction of the mean), by iteration of a
  /// subspace.
  ///
  /// - Parameters:
  ///   - rows: `[rows, length]`, each of length 1 or 0.
  ///   - count: how many directions, at most as many as rows.
  static func learn(
    rows: FloatBuffer, length: Int, count: Int, pool: WorkerPool
  ) -> SketchDirections? {
    let rowCount = rows.count / length
    let all = MatrixView(rows, rows: rowCount, columns: length)
    // The iteration begins with some of the rows.
    var directions = (0..<count).map { index in
      let row = index * rowCount / count
      return rows.values(row * length..<(row + 1) * length)
    }
    let mean = meanRow(rows, length: length)
    directions[0] = mean
    orthonormalize(&directions)
    let product = MatrixProduct()
    let coordinates = FloatBuffer(count: rowCount * count)
    let scratch = FloatBuffer(
      count: max(
        product.scratchCount(rows: rowCount, columns: count, depth: length),
        product.scratchCount(rows: count, columns: length, depth: rowCount)))
    for _ in 0..<3 {
      let current = FloatBuffer(Array(directions.joined()))
      let view = MatrixView(current, rows: count, columns: length)
      let along = MatrixView(coordinates, rows: rowCount, columns: count)
      product.run(all, view.transposed, into: along, scratch: scratch, pool: pool)
      product.run(along.transposed, all, into: view, scratch: scratch, pool: pool)
      directions = (0..<count).map { current.values($0 * length..<($0 + 1) * length) }
      directions[0] = mean
      orthonormalize(&directions)
    }
    return SketchDirections(Array(directions.joined()), length: length)
  }

  private static func meanRow(_ rows: FloatBuffer, length: Int) -> [Float] {
    var sums = [Double](repeating: 0, count: length)
    for row in 0..<rows.count / length {
      let values = rows.values(row * length..<(row + 1) * length)
      for (index, value) in values.enumerated() { sums[index] += Double(value) }
    }
    return sums.map(Float.init)
  }

  /// Makes vectors orthonormal (Gram and Schmidt). One that is a sum of those before it becomes 0.
  private static func orthonormalize(_ vectors: inout [[Float]]) {
    for index in vectors.indices {
      var vector = vectors[index]
      let before = lengthOf(vector)
      // Twice is enough for orthogonality up to rounding (Parlett 1998, section 6.9).
      for _ in 0..<2 {
        for other in 0..<index {
          let share = dot(vectors[other], vector)
          if share != 0 { subtract(vectors[other], times: share, from: &vector) }
        }
      }
      let after = lengthOf(vector)
      let isNew = after > 1e-4 * before && after > 0
      let scale = isNew ? Float(1 / after) : 0
      for position in vector.indices { vector[position] *= scale }
      vectors[index] = vector
    }
  }

  private static func lengthOf(_ vector: [Float]) -> Double {
    Double(dot(vector, vector)).squareRoot()
  }

  /// The dot product, with sixteen independent sums.
  static func dot(_ a: [Float], _ b: [Float]) -> Float {
    var sums = SIMD16<Float>.zero
    let whole = a.count / 16 * 16
    let (left, right) = (a.span, b.span)
    for start in stride(from: 0, to: whole, by: 16) {
      for lane in 0..<16 { sums[lane] += left[start + lane] * right[start + lane] }
    }
    return (whole..<a.count).reduce(sums.sum()) { $0 + a[$1] * b[$1] }
  }

  private static func subtract(_ a: [Float], times factor: Float, from b: inout [Float]) {
    for index in a.indices { b[index] -= factor * a[index] }
  }

  /// The sketch of a row of length 1, or of zeros.
  func sketch(_ row: [Float]) -> Sketch {
    let coordinates = (0..<count).map { index in
      Self.dot(Array(values[index * length..<(index + 1) * length]), row)
    }
    let square = row.reduce(0.0) { $0 + Double($1) * Double($1) }
    return Sketch(coordinates: coordinates, squareLength: square)
  }

  /// The sketches of many rows, `[rows, length]`, each of length 1 or 0.
  func sketches(_ rows: FloatBuffer, count rowCount: Int, pool: WorkerPool) -> [Sketch] {
    guard rowCount > 0 else { return [] }
    let product = MatrixProduct()
    let coordinates = FloatBuffer(count: rowCount * count)
    product.run(
      MatrixView(rows, rows: rowCount, columns: length),
      MatrixView(FloatBuffer(values), rows: count, columns: length).transposed,
      into: MatrixView(coordinates, rows: rowCount, columns: count),
      scratch: FloatBuffer(
        count: product.scratchCount(rows: rowCount, columns: count, depth: length)),
      pool: pool)
    return (0..<rowCount).map { row in
      let values = rows.values(row * length..<(row + 1) * length)
      let square = values.reduce(0.0) { $0 + Double($1) * Double($1) }
      return Sketch(
        coordinates: coordinates.values(row * count..<(row + 1) * count), squareLength: square)
    }
  }
}
