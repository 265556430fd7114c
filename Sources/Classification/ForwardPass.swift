public import Images

/// Runs a network on batches of images for one worker. Only one thread at a time may use it.
public protocol ForwardPass: AnyObject {
  /// Sets image `index` of the batch. Images are written in the order 0, 1, 2, ...
  func write(_ image: RGBImage, to index: Int)
  /// Runs the network on the first `count` images.
  func forward(count: Int)
  /// The output of the network for image `index`: one probability for each class, or the values of
  /// another layer.
  func values(_ index: Int) -> [Float]
}
