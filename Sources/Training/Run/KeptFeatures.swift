import Kernels

/// Outputs of frozen layers, which are computed once: for each image and view a row of values.
struct KeptFeatures {
  private let length: Int
  private let views: Int
  private var values: [Float]

  init(images: Int, views: Int, length: Int) {
    self.length = length
    self.views = views
    values = Array(repeating: 0, count: images * views * length)
  }

  private func start(_ image: Int, _ view: Int) -> Int { (image * views + view) * length }

  mutating func set(_ row: [Float], image: Int, view: Int) {
    let start = start(image, view)
    values.replaceSubrange(start..<start + length, with: row)
  }

  func write(image: Int, view: Int, to matrix: Matrix, row: Int) {
    let start = start(image, view)
    matrix.withMutableRow(row) { target in
      for index in 0..<length { target[index] = values[start + index] }
    }
  }
}
