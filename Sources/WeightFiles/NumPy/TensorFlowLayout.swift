import Architecture
import Tensors

/// TensorFlow's layout of weights: convolutions `[height, width, in / groups, out]`, fully
/// connected layers `[in, out]`.
///
/// The inputs of the first fully connected layer are in the order height, width, channel. The
/// converter caffe-tensorflow wrote them in this order, and the widespread file `bvlc_alexnet.npy`
/// was made with it.
enum TensorFlowLayout {
  /// Whether the weights of the convolutions among these tensors are in this layout. They are if
  /// the first two axes are equally long in all of them, and the last two axes are not.
  static func isUsed(by tensors: [NamedTensor]) -> Bool {
    let convolutions = tensors.map(\.tensor.shape.dimensions).filter { $0.count == 4 }
    return convolutions.allSatisfy { $0[0] == $0[1] } && !convolutions.allSatisfy { $0[2] == $0[3] }
  }

  /// The lengths of a tensor's axes, outputs first.
  static func turned(_ dimensions: [Int]) -> [Int] {
    switch dimensions.count {
    case 4: [dimensions[3], dimensions[2], dimensions[0], dimensions[1]]
    case 2: [dimensions[1], dimensions[0]]
    default: dimensions
    }
  }

  /// A tensor with its axes in the order of ``NetworkDescription/Layout/outputsFirst``. The inputs
  /// of a fully connected layer are put in the order channel, height, width.
  ///
  /// - Parameter input: the shape of the layer's input, if the tensor is the weight of a layer.
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
