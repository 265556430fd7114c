import Architecture
import Tensors

/// The layout of weights that TensorFlow reads: convolutions `[height, width, in / groups, out]`,
/// fully connected layers `[in, out]`.
///
/// The inputs of the first fully connected layer come in the order height, width, channel, as the
/// converter caffe-tensorflow wrote them, with which the widespread `bvlc_alexnet.npy` was made.
enum TensorFlowLayout {
  /// Whether the convolutions among these tensors are in this layout: all of them have square
  /// kernels in the first two axes, and not all have a square in the last two as well.
  static func isUsed(by tensors: [NamedTensor]) -> Bool {
    let convolutions = tensors.map(\.tensor.shape.dimensions).filter { $0.count == 4 }
    return convolutions.allSatisfy { $0[0] == $0[1] } && !convolutions.allSatisfy { $0[2] == $0[3] }
  }

  /// The lengths of a tensor's axes, in our order.
  static func turned(_ dimensions: [Int]) -> [Int] {
    switch dimensions.count {
    case 4: [dimensions[3], dimensions[2], dimensions[0], dimensions[1]]
    case 2: [dimensions[1], dimensions[0]]
    default: dimensions
    }
  }

  /// A tensor with its axes, and the inputs of a fully connected layer, in our order.
  ///
  /// - Parameter input: what its layer reads, where it is the weight of a layer.
  static func turned(
    _ tensor: Tensor, input: LayerSummary.Extent?
  ) throws(TensorError) -> Tensor {
    let dimensions = tensor.shape.dimensions
    guard tensor.shape.count > 0 else { return tensor }
    switch dimensions.count {
    case 4:
      return try tensor.permuted([3, 2, 0, 1])
    case 2:
      guard let input, input.height * input.width > 1, input.count == dimensions[0] else {
        return try tensor.permuted([1, 0])
      }
      return try tensor.reshaped([input.height, input.width, input.channels, dimensions[1]])
        .permuted([3, 2, 0, 1])
        .reshaped([dimensions[1], dimensions[0]])
    default:
      return tensor
    }
  }
}
