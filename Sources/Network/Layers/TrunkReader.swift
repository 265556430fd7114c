import Kernels

/// What takes the maps of the last layer before the fully connected ones.
protocol TrunkReader<Element> {
  associatedtype Element: BitwiseCopyable & Sendable

  /// Copies one image of a map, in the order channels, rows, columns, as image `image`.
  func take(_ map: Map<Element>, imageOfMap: Int, image: Int)
}

/// Keeps maps of float32, for a forward pass that ends before the fully connected layers.
struct FloatTrunkValues: TrunkReader {
  /// A vector of its own for each image.
  let images: [FeatureVectors]

  func take(_ map: FeatureMap, imageOfMap: Int, image: Int) {
    images[image].setChannelsFirst(map, imageOfMap: imageOfMap, image: 0)
  }
}

/// Keeps maps of bytes as float32, for a forward pass that ends before the fully connected layers.
struct ByteTrunkValues: TrunkReader {
  /// A vector of its own for each image.
  let images: [FeatureVectors]
  /// What one step of a byte is worth.
  let scale: Float

  func take(_ map: ByteMap, imageOfMap: Int, image: Int) {
    images[image].setChannelsFirst(map, imageOfMap: imageOfMap, image: 0, scale: scale)
  }
}
