import Kernels

/// What the convolutional layers give for a batch: the fully connected ones' input.
enum Features: Sendable {
  case floats(FeatureVectors)
  /// For a first layer that reads bytes.
  case bytes(ByteVectors)

  init(_ network: Network, images: Int, length: Int) {
    switch network.steps.first(where: { $0.isFullyConnected })?.operation {
    case .quantizedFullyConnected, .quantizedSparseFullyConnected:
      self = .bytes(ByteVectors(images: images, length: length, kernels: network.kernels))
    default:
      self = .floats(FeatureVectors(images: images, length: length, kernels: network.kernels))
    }
  }

  /// Writes one image of a map in the order channels, rows, columns.
  func setChannelsFirst(_ map: FeatureMap, imageOfMap: Int, image: Int) {
    guard case .floats(let vectors) = self else {
      preconditionFailure("float layers do not feed a layer that reads bytes")
    }
    vectors.setChannelsFirst(map, imageOfMap: imageOfMap, image: image)
  }

  /// - Parameter scale: what one step of a byte is worth.
  func setChannelsFirst(_ map: ByteMap, imageOfMap: Int, image: Int, scale: Float) {
    switch self {
    case .floats(let vectors):
      vectors.setChannelsFirst(map, imageOfMap: imageOfMap, image: image, scale: scale)
    case .bytes(let vectors):
      vectors.setChannelsFirst(map, imageOfMap: imageOfMap, image: image)
    }
  }
}
