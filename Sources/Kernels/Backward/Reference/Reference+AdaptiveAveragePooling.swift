extension Reference {
  /// Adaptive average pooling of a map `[channels, height, width]` to `[channels, outputHeight,
  /// outputWidth]`.
  ///
  /// Input and output are laid over the unit square, which both divide evenly. An output is the
  /// mean of the inputs that it overlaps, however little (PyTorch, `AdaptiveAvgPool2d`).
  @inlinable public static func adaptiveAveragePooling<Scalar: BinaryFloatingPoint>(
    _ input: [Scalar], channels: Int, height: Int, width: Int, outputHeight: Int, outputWidth: Int
  ) -> [Scalar] {
    func overlapping(_ output: Int, of count: Int, size: Int) -> [Int] {
      (0..<size).filter { $0 * count < (output + 1) * size && ($0 + 1) * count > output * size }
    }
    var result: [Scalar] = []
    for channel in 0..<channels {
      for y in 0..<outputHeight {
        for x in 0..<outputWidth {
          let columns = overlapping(x, of: outputWidth, size: width)
          let values = overlapping(y, of: outputHeight, size: height).flatMap { row in
            columns.map { Double(input[(channel * height + row) * width + $0]) }
          }
          result.append(Scalar(values.reduce(0, +) / Double(values.count)))
        }
      }
    }
    return result
  }
}
