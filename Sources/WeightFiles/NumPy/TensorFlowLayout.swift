import Tensors

/// The layout of weights that TensorFlow reads: convolutions `[height, width, in, out]`, fully
/// connected `[in, out]`.
struct TensorFlowLayout {
  /// The output channels of the last convolution.
  private let channels: Int
  /// The fully connected layer that reads what the last convolution gave.
  private let first: String?

  /// Nil where the tensors are not in this layout: where not every convolution has its square
  /// kernel in the first two axes, or every one has a square in the last two as well.
  init?(_ tensors: [NamedTensor]) {
    let convolutions = tensors.filter { $0.tensor.shape.dimensions.count == 4 }
    func isSquare(_ tensor: Tensor, _ axis: Int) -> Bool {
      tensor.shape.dimensions[axis] == tensor.shape.dimensions[axis + 1]
    }
    guard convolutions.allSatisfy({ isSquare($0.tensor, 0) }),
      !convolutions.allSatisfy({ isSquare($0.tensor, 2) }),
      let last = convolutions.max(by: { Self.number($0.name) < Self.number($1.name) })
    else { return nil }
    channels = last.tensor.shape.dimensions[3]
    // A dictionary of Python 2 has no order: layers are told by their numbers.
    first =
      tensors.filter { $0.tensor.shape.dimensions.count == 2 }
      .min { Self.number($0.name) < Self.number($1.name) }?.name
  }

  /// The number in a layer's name; 0 without one.
  private static func number(_ name: String) -> Int {
    Int(name.drop { !("0"..."9").contains($0) }.prefix { ("0"..."9").contains($0) }) ?? 0
  }

  func turned(_ tensors: [NamedTensor]) throws(WeightFileError) -> [NamedTensor] {
    var result: [NamedTensor] = []
    for tensor in tensors {
      let turned = try naming(tensor.name, in: .numpy) { () throws(TensorError) in
        try turn(tensor)
      }
      result.append(NamedTensor(name: tensor.name, tensor: turned))
    }
    return result
  }

  private func turn(_ named: NamedTensor) throws(TensorError) -> Tensor {
    let tensor = named.tensor
    let dimensions = tensor.shape.dimensions
    guard tensor.shape.count > 0 else { return tensor }
    switch dimensions.count {
    case 4:
      return try tensor.permuted([3, 2, 0, 1])
    case 2 where named.name == first && channels > 0:
      let side = Int(Double(dimensions[0] / channels).squareRoot())
      guard side * side * channels == dimensions[0] else { fallthrough }
      return try tensor.reshaped([side, side, channels, dimensions[1]])
        .permuted([3, 2, 0, 1])
        .reshaped([dimensions[1], dimensions[0]])
    case 2:
      return try tensor.permuted([1, 0])
    default:
      return tensor
    }
  }
}
