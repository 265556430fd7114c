import Kernels

/// Outputs of frozen layers, which are computed once: for each image and view a row of values. The
/// views follow one another, each with all images. Only as many rows are kept as there is room for.
struct KeptFeatures {
  /// A view of an image.
  struct Place: Sendable {
    var image: Int
    var view: Int
  }

  /// How many rows are kept.
  let rows: Int
  /// How many rows there would be with enough room.
  let all: Int
  private let images: Int
  private let length: Int
  private var values: [Float]
  /// By row, whether it has values: an image that can no longer be read has none.
  private var isKnown: [Bool]

  /// - Parameters:
  ///   - length: the values of a row.
  ///   - memory: the bytes that rows may take.
  init(images: Int, views: Int, length: Int, memory: Int) {
    self.images = images
    self.length = length
    all = images * views
    rows = min(all, max(0, memory) / (length * MemoryLayout<Float>.stride))
    values = Array(repeating: 0, count: rows * length)
    isKnown = Array(repeating: false, count: rows)
  }

  /// The bytes that the rows take.
  var size: Int { values.count * MemoryLayout<Float>.stride }

  func place(row: Int) -> Place { Place(image: row % images, view: row / images) }

  func row(_ place: Place) -> Int { place.view * images + place.image }

  /// Whether there is room for this row.
  func keeps(_ place: Place) -> Bool { row(place) < rows }

  mutating func set(_ newValues: [Float], row: Int) {
    values.replaceSubrange(row * length..<(row + 1) * length, with: newValues)
    isKnown[row] = true
  }

  /// Writes a row that is kept.
  ///
  /// - Returns: false where the image could not be read.
  func write(_ place: Place, to matrix: Matrix, row target: Int) -> Bool {
    let row = row(place)
    guard isKnown[row] else { return false }
    matrix.withMutableRow(target) { span in
      for index in 0..<length { span[index] = values[row * length + index] }
    }
    return true
  }
}
