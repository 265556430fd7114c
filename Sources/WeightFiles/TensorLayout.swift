import Tensors

/// Returns the result of `body`. An error of `body` is rethrown with the tensor's name.
func naming<Result>(
  _ name: String, in format: WeightFileFormat, _ body: () throws(TensorError) -> Result
) throws(WeightFileError) -> Result {
  do throws(TensorError) {
    return try body()
  } catch {
    throw .tensor(format, name: name, error)
  }
}

extension Tensor {
  /// The same values with another shape, which must have the same number of elements.
  func reshaped(_ dimensions: [Int]) throws(TensorError) -> Tensor {
    try Tensor(elementType, Shape(dimensions), storage: storage, range: range)
  }

  /// The values in float32 with the axes in another order: axis `i` of the result is axis
  /// `order[i]` of this tensor. The tensor may have at most four axes. The values are copied when
  /// the result is first read.
  ///
  /// - Throws: ``TensorError/notFloatingPoint(_:)`` for integers; ``TensorError/tooManySteps``.
  func permuted(_ order: [Int]) throws(TensorError) -> Tensor {
    precondition(order.sorted() == Array(shape.dimensions.indices) && order.count <= 4)
    let source = try FloatTensor(self)
    var strides = [Int](repeating: 1, count: order.count)
    for axis in strides.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * shape.dimensions[axis + 1]
    }
    let padding = [Int](repeating: 1, count: 4 - order.count)
    let sizes = padding + order.map { shape.dimensions[$0] }
    let steps = padding + order.map { strides[$0] }
    let permuted = try Shape(order.map { shape.dimensions[$0] })
    return try Tensor(deferring: permuted, from: [self]) { output in
      let values = source.floats()
      var index = 0
      for a in 0..<sizes[0] {
        for b in 0..<sizes[1] {
          for c in 0..<sizes[2] {
            let start = a * steps[0] + b * steps[1] + c * steps[2]
            for d in 0..<sizes[3] {
              output[index] = values[start + d * steps[3]]
              index += 1
            }
          }
        }
      }
    }
  }

  /// The values in memory as float32, float16 or bfloat16. Values of other floating-point types are
  /// converted to float32.
  ///
  /// - Throws: ``TensorError/notFloatingPoint(_:)`` for integers.
  func asWeights() throws(TensorError) -> Tensor {
    switch elementType {
    case .float32, .float16, .bfloat16: computed
    default: try mapped { $0 }.computed
    }
  }

  /// The values in float32 with `transform` applied to each; computed when they are first read.
  ///
  /// - Throws: ``TensorError/notFloatingPoint(_:)`` for integers; ``TensorError/tooManySteps``.
  func mapped(_ transform: @escaping @Sendable (Float) -> Float) throws(TensorError) -> Tensor {
    let source = try FloatTensor(self)
    return try Tensor(deferring: shape, from: [self]) { output in
      let values = source.floats()
      for index in values.indices { output[index] = transform(values[index]) }
    }
  }
}
