import Kernels

/// Outputs of frozen layers, which are computed once: for each image and view a row of values. The
/// views follow one another, each with all images. Only as many rows are kept as there is room for.
struct KeptFeatures {
  /// How many rows are kept.
  let rows: Int
  /// How many rows there would be with enough room.
  let allRows: Int
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
    allRows = images * views
    rows = min(allRows, max(0, memory) / (length * MemoryLayout<Float>.stride))
    values = Array(repeating: 0, count: rows * length)
    isKnown = Array(repeating: false, count: rows)
  }

  /// The bytes that the rows take.
  var bytes: Int { values.count * MemoryLayout<Float>.stride }

  func view(row: Int) -> PhotoView { PhotoView(image: row % images, number: row / images) }

  private func row(_ view: PhotoView) -> Int { view.number * images + view.image }

  /// Whether there is room for the row of this view.
  func keeps(_ view: PhotoView) -> Bool { row(view) < rows }

  mutating func set(_ newValues: [Float], row: Int) {
    values.replaceSubrange(row * length..<(row + 1) * length, with: newValues)
    isKnown[row] = true
  }

  /// Writes a row that is kept.
  ///
  /// - Returns: false where the image could not be read.
  func write(_ view: PhotoView, to matrix: Matrix, row target: Int) -> Bool {
    let row = row(view)
    guard isKnown[row] else { return false }
    matrix.withMutableRow(target) { span in
      for index in 0..<length { span[index] = values[row * length + index] }
    }
    return true
  }
}
