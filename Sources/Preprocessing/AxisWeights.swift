public import Images

/// What preprocessing does to the pixels of a picture along one axis, as a matrix: every pixel of
/// the result is a weighted sum of neighbouring pixels of the source. The rounding to 8 bits
/// between the steps is left out.
public struct AxisWeights: Sendable {
  /// One pixel of the result. Padding has no weights: it is 0, which is black.
  public struct Row: Sendable {
    /// The source pixel of the first weight.
    public let first: Int
    public let weights: [Float]
  }

  /// The number of source pixels.
  public let source: Int
  public private(set) var rows: [Row]

  /// Takes the steps one after the other.
  ///
  /// - Parameter steps: each with the number of pixels that it gives.
  init(source: Int, steps: [(step: AxisStep, count: Int)]) {
    self.source = source
    rows = (0..<source).map { Row(first: $0, weights: [1]) }
    for (step, count) in steps { take(step, count) }
  }

  private mutating func take(_ step: AxisStep, _ count: Int) {
    let before = rows
    switch step {
    case .crop(let offset, _):
      rows = (0..<count).map { index in
        before.indices.contains(index + offset)
          ? before[index + offset] : Row(first: 0, weights: [])
      }
    case .resize(let resize):
      if resize.isIdentity { return }
      let triangle = Triangle(resize)
      rows = (0..<resize.target).map { pixel in
        guard resize.antialias else {
          let tap = resize.linearTap(of: pixel)
          let share = Float(tap.share) / 2048
          return Self.sum([(before[tap.first], 1 - share), (before[tap.second], share)])
        }
        let taps = triangle.taps(of: pixel)
        var weights = [Int32](repeating: 0, count: taps.count)
        var span = weights.mutableSpan
        triangle.weigh(pixel, taps: taps, into: &span)
        return Self.sum(
          zip(taps, weights).map { (before[$0], Float($1) / Float(1 << 22)) })
      }
    }
  }

  /// The sum of rows times factors.
  private static func sum(_ parts: [(row: Row, factor: Float)]) -> Row {
    let parts = parts.filter { $0.factor != 0 && !$0.row.weights.isEmpty }
    guard let first = parts.map(\.row.first).min(),
      let end = parts.map({ $0.row.first + $0.row.weights.count }).max()
    else { return Row(first: 0, weights: []) }
    var weights = [Float](repeating: 0, count: end - first)
    for (row, factor) in parts {
      for (index, weight) in row.weights.enumerated() {
        weights[row.first - first + index] += factor * weight
      }
    }
    return Row(first: first, weights: weights)
  }
}

extension Preprocessing {
  /// The most pixels of an axis that weights are computed for: each has a row of its own.
  private static let longestAxis = 1 << 20

  /// What the steps do to a picture of this size, along its columns and along its rows.
  ///
  /// - Throws: ``PreprocessingError`` where a step would need too many pixels.
  public func weights(
    for size: PixelSize
  ) throws(PreprocessingError) -> (columns: AxisWeights, rows: AxisWeights) {
    let plan = try Plan(steps: steps, image: size, full: size)
    var sizes: [PixelSize] = []
    var current = size
    for step in steps {
      guard let next = step.outputSize(for: current) else {
        throw .tooLarge(width: current.width, height: current.height)
      }
      guard max(next.width, next.height) <= Self.longestAxis else {
        throw .tooLarge(width: next.width, height: next.height)
      }
      sizes.append(next)
      current = next
    }
    return (
      AxisWeights(
        source: size.width, steps: zip(plan.steps, sizes).map { ($0.columns, $1.width) }),
      AxisWeights(
        source: size.height, steps: zip(plan.steps, sizes).map { ($0.rows, $1.height) })
    )
  }
}
