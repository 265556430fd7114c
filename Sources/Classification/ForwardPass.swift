public import Images

/// Runs a network on batches of images for one worker. Only one thread at a time may use it.
public protocol ForwardPass: AnyObject {
  /// Sets image `index` of the batch. Images are written in the order 0, 1, 2, ...
  func write(_ image: RGBImage, to index: Int)
  /// Runs the network on the first `count` images.
  func forward(count: Int)
  /// The probabilities of all classes for image `index`.
  func probabilities(_ index: Int) -> [Float]
}
