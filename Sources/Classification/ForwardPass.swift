public import Images

/// The scratch memory and the arithmetic of one worker; used by one thread at a time.
public protocol ForwardPass: AnyObject {
  /// Makes `image` the input number `index`. Images are written in the order 0, 1, 2, ...
  func write(_ image: RGBImage, to index: Int)
  /// Runs the first `count` images.
  func forward(count: Int)
  /// What the network gives for image `index`: one probability for each class, or the values of
  /// some other layer.
  func values(_ index: Int) -> [Float]
}
