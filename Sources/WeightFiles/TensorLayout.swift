import Tensors

/// What `body` returns; what it throws, as the fault of the tensor `name`.
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
  /// The same values under another shape of the same number of elements.
  func reshaped(_ dimensions: [Int]) throws(TensorError) -> Tensor {
    try Tensor(elementType, Shape(dimensions), storage: storage, range: range)
  }

  /// A float32 copy with the axes in another order: axis `i` of the result is axis `order[i]` of
  /// this tensor. At most four axes.
  ///
  /// - Throws: ``TensorError/notFloatingPoint(_:)`` for integers.
  func permuted(_ order: [Int]) throws(TensorError) -> Tensor {
    precondition(order.sorted() == Array(shape.dimensions.indices) && order.count <= 4)
    var strides = [Int](repeating: 1, count: order.count)
    for axis in strides.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * shape.dimensions[axis + 1]
    }
    let padding = [Int](repeating: 1, count: 4 - order.count)
    let sizes = padding + order.map { shape.dimensions[$0] }
    let steps = padding + order.map { strides[$0] }
    let values = try floats()
    return Tensor(filling: try Shape(order.map { shape.dimensions[$0] })) { output in
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

  /// These values as float32, float16 or bfloat16: as they are where they already are, otherwise
  /// converted to float32.
  ///
  /// - Throws: ``TensorError/notFloatingPoint(_:)`` for integers.
  func asWeights() throws(TensorError) -> Tensor {
    switch elementType {
    case .float32, .float16, .bfloat16: self
    default: try mapped { $0 }
    }
  }

  /// A float32 copy of these values with `transform` applied to each.
  ///
  /// - Throws: ``TensorError/notFloatingPoint(_:)`` for integers.
  func mapped(_ transform: (Float) -> Float) throws(TensorError) -> Tensor {
    let values = try floats()
    return Tensor(filling: shape) { output in
      for index in values.indices { output[index] = transform(values[index]) }
    }
  }
}
