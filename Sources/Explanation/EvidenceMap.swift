/// Evidence for a class by place, on a regular grid over the network's input.
public struct EvidenceMap: Sendable, Equatable {
  public let width: Int
  public let height: Int
  /// `[height, width]`.
  public let values: [Float]
  /// Where the centre of the first value is, in pixels of the network's input from its left or
  /// upper edge.
  public let start: Double
  /// Pixels of the network's input from one value to the next.
  public let step: Double

  public init(width: Int, height: Int, values: [Float], start: Double, step: Double) {
    precondition(width > 0 && height > 0 && values.count == width * height && step > 0)
    self.width = width
    self.height = height
    self.values = values
    self.start = start
    self.step = step
  }

  /// The largest value.
  public var maximum: Float { values.max() ?? 0 }

  /// The values at the given columns and rows, which are positions in the network's input:
  /// `[rows, columns]`, interpolated linearly between the centres of the grid. Beyond the outermost
  /// centres the values stay as they are there.
  public func sampled(columns: [Double], rows: [Double]) -> [Float] {
    let x = columns.map { place($0, count: width) }
    let y = rows.map { place($0, count: height) }
    var result: [Float] = []
    result.reserveCapacity(columns.count * rows.count)
    for (top, bottom, down) in y {
      let (above, below) = (top * width, bottom * width)
      for (left, right, share) in x {
        let first = values[above + left] * (1 - share) + values[above + right] * share
        let second = values[below + left] * (1 - share) + values[below + right] * share
        result.append(first * (1 - down) + second * down)
      }
    }
    return result
  }

  /// The two neighbours of a position, and the share of the second one.
  private func place(_ position: Double, count: Int) -> (Int, Int, Float) {
    let index = min(max((position - start) / step, 0), Double(count - 1))
    let first = Int(index)
    return (first, min(first + 1, count - 1), Float(index - Double(first)))
  }
}
