package import Preprocessing

/// The values of a map at the pixels of the network's input; 0 where the input is padding, and so
/// not a part of the photo.
package struct SeenEvidence {
  /// Height and width of the network's input.
  let size: Int
  /// `[size, size]`.
  let values: [Float]

  package init(_ map: EvidenceMap, inputSize: Int, geometry: InputGeometry) {
    size = inputSize
    let centres = (0..<inputSize).map { Double($0) + 0.5 }
    var values = map.sampled(columns: centres, rows: centres)
    let isColumnSeen = centres.map { geometry.columns.seen.contains(geometry.columns.photo($0)) }
    let isRowSeen = centres.map { geometry.rows.seen.contains(geometry.rows.photo($0)) }
    if isColumnSeen.contains(false) || isRowSeen.contains(false) {
      for y in 0..<inputSize {
        for x in 0..<inputSize where !isRowSeen[y] || !isColumnSeen[x] {
          values[y * inputSize + x] = 0
        }
      }
    }
    self.values = values
  }

  /// The largest value.
  package var maximum: Float { values.max() ?? 0 }

  /// The pixel of the largest value.
  package var peak: (x: Int, y: Int) {
    let place = values.indices.max { values[$0] < values[$1] } ?? 0
    return (place % size, place / size)
  }
}
