package import Preprocessing

/// A linear map of pictures that treats columns and rows independently, and its transpose.
package struct SeparableMap: Sendable {
  private let columns: AxisWeights
  private let rows: AxisWeights

  /// Width and height of the result.
  package var width: Int { columns.rows.count }
  package var height: Int { rows.rows.count }

  package init(columns: AxisWeights, rows: AxisWeights) {
    self.columns = columns
    self.rows = rows
  }

  /// Maps a picture `[height, width, 3]`, whose size is that of the sources of the axes.
  package func map(_ picture: [Float]) -> [Float] {
    let length = columns.source * 3
    var squeezed = [Float](repeating: 0, count: height * length)
    accumulate(rows.rows, length) { target, source, weight in
      for index in 0..<length {
        squeezed[target * length + index] += weight * picture[source * length + index]
      }
    }
    var result = [Float](repeating: 0, count: height * width * 3)
    for y in 0..<height {
      for (x, row) in columns.rows.enumerated() {
        let place = (y * width + x) * 3
        var source = y * length + row.first * 3
        for weight in row.weights {
          result[place] += weight * squeezed[source]
          result[place + 1] += weight * squeezed[source + 1]
          result[place + 2] += weight * squeezed[source + 2]
          source += 3
        }
      }
    }
    return result
  }

  /// The transpose of ``map(_:)``: turns the gradient by a result into that by the picture.
  package func transposed(_ gradient: [Float]) -> [Float] {
    let length = columns.source * 3
    var squeezed = [Float](repeating: 0, count: height * length)
    for y in 0..<height {
      for (x, row) in columns.rows.enumerated() {
        let place = (y * width + x) * 3
        var source = y * length + row.first * 3
        for weight in row.weights {
          squeezed[source] += weight * gradient[place]
          squeezed[source + 1] += weight * gradient[place + 1]
          squeezed[source + 2] += weight * gradient[place + 2]
          source += 3
        }
      }
    }
    var result = [Float](repeating: 0, count: rows.source * length)
    accumulate(rows.rows, length) { target, source, weight in
      for index in 0..<length {
        result[source * length + index] += weight * squeezed[target * length + index]
      }
    }
    return result
  }

  private func accumulate(
    _ rows: [AxisWeights.Row], _ length: Int,
    _ add: (_ target: Int, _ source: Int, _ weight: Float) -> Void
  ) {
    for (target, row) in rows.enumerated() {
      for (index, weight) in row.weights.enumerated() { add(target, row.first + index, weight) }
    }
  }
}
