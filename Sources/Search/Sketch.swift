import Kernels

/// A short form of a row of length 1: its coordinates along some orthonormal directions.
struct Sketch: Equatable {
  /// The coordinates but the first, divided by ``step``.
  var values: [Int8]
  /// The first coordinate.
  var offset: Float
  var step: Float
  /// The length of what of the row is not along the directions.
  var rest: Float
  /// The length of what rounding took from the coordinates.
  var error: Float

  /// - Parameters:
  ///   - coordinates: along all directions.
  ///   - squareLength: of the row: 1, or 0 for a row of zeros.
  init(coordinates: some RandomAccessCollection<Float>, squareLength: Double) {
    offset = coordinates.first ?? 0
    let others = coordinates.dropFirst()
    let largest = others.reduce(0) { max($0, abs($1)) }
    step = largest / 127
    let scale = largest > 0 ? 127 / largest : 0
    values = others.map { Int8(max(-127, min(127, ($0 * scale).rounded()))) }
    var (lost, kept) = (0.0, Double(offset) * Double(offset))
    for (value, coordinate) in zip(values, others) {
      let difference = Double(coordinate) - Double(value) * Double(step)
      lost += difference * difference
      kept += Double(coordinate) * Double(coordinate)
    }
    error = Float(lost.squareRoot())
    rest = Float(max(0, squareLength - kept).squareRoot())
  }

  init(values: [Int8], offset: Float, step: Float, rest: Float, error: Float) {
    self.values = values
    self.offset = offset
    self.step = step
    self.rest = rest
    self.error = error
  }

  /// What bounds are computed for.
  ///
  /// With the coordinates a and b of two rows and their rounded values a' and b', a b is a' b' plus
  /// a' (b - b'), which is at most the length of a' times the error of b, plus (a - a') b, which is
  /// at most the error of a, because b is not longer than 1.
  ///
  /// - Parameter slack: what the directions lack of being orthonormal.
  func query(slack: Float) -> BoundedRows.Query {
    let squares = values.reduce(0.0) { $0 + Double($1) * Double($1) }
    return BoundedRows.Query(
      .int8(values), scale: step, offset: offset, rest: rest,
      middle: Float(squares.squareRoot()) * step, constant: error + slack)
  }
}
