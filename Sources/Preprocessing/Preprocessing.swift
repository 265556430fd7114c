import Images

/// How a model wants its pictures: resizing and cropping steps, then channel order, mean and scale.
///
/// A value that travels with the weights, in the JSON form of a native file's metadata:
///
///     {"steps": [{"op": "resizeShortSide", "size": 256, "antialias": true},
///                {"op": "centerCrop", "size": 227}],
///      "channels": "RGB", "mean": [122.7, 116.7, 104.0], "scale": 1}
public struct Preprocessing: Sendable, Equatable {
  /// One change of the picture's size. Steps follow one another and may repeat.
  public enum Step: Sendable, Equatable {
    /// The short side becomes `size`, the long side `size * long / short`, truncated, as in
    /// torchvision.
    case resizeShortSide(size: Int, antialias: Bool)
    /// Exactly `width` x `height`, whatever that does to the aspect ratio.
    case squash(width: Int, height: Int, antialias: Bool)
    /// The middle `width` x `height` pixels; the offset is `(size - crop) / 2`, rounded half to
    /// even. A smaller picture is padded with black all round, the odd pixel on the right and at
    /// the bottom. All as torchvision's CenterCrop.
    case centerCrop(width: Int, height: Int)
  }

  public enum ChannelOrder: String, Sendable {
    case rgb = "RGB"
    case bgr = "BGR"
  }

  public let steps: [Step]
  /// The order of the channels in the network's input.
  public let channels: ChannelOrder
  /// Subtracted from the pixels (0 to 255), in the order of `channels`.
  public let mean: [Float]
  /// Multiplies the pixels after the mean was subtracted, in the order of `channels`.
  public let scale: [Float]

  /// What a step's sizes may be.
  public static let sizeLimit = 1...16384
  public static let stepLimit = 32
  /// The most pixels that one step may have to store.
  public static let pixelLimit = 1 << 28
  /// The longest side that a picture between two steps may have, stored or not.
  static let sideLimit = 1 << 48

  /// Throws where a size, count or number is out of range.
  public init(steps: [Step], channels: ChannelOrder, mean: [Float], scale: [Float])
    throws(PreprocessingError)
  {
    guard steps.count <= Self.stepLimit else { throw .tooManySteps(steps.count) }
    for step in steps { try step.validate() }
    for (field, values) in [("mean", mean), ("scale", scale)] {
      guard values.count == 3 else { throw .wrongCount(field: field, found: values.count) }
      guard values.allSatisfy(\.isFinite) else { throw .notFinite(field: field) }
    }
    self.init(valid: steps, channels: channels, mean: mean, scale: scale)
  }

  /// Checks nothing: for values that were checked before, and for the presets, which tests check.
  init(valid steps: [Step], channels: ChannelOrder, mean: [Float], scale: [Float]) {
    self.steps = steps
    self.channels = channels
    self.mean = mean
    self.scale = scale
  }
}

extension Preprocessing.Step {
  /// The step's name in JSON.
  var operation: String {
    switch self {
    case .resizeShortSide: "resizeShortSide"
    case .squash: "squash"
    case .centerCrop: "centerCrop"
    }
  }

  func validate() throws(PreprocessingError) {
    let sizes: [Int]
    switch self {
    case .resizeShortSide(let size, _): sizes = [size]
    case .squash(let width, let height, _), .centerCrop(let width, let height):
      sizes = [width, height]
    }
    for size in sizes where !Preprocessing.sizeLimit.contains(size) {
      throw .sizeOutOfRange(operation: operation, size: size)
    }
  }

  /// The size of what this step makes of a picture of `size`; nil where it cannot be counted.
  func outputSize(for size: PixelSize) -> PixelSize? {
    switch self {
    case .squash(let width, let height, _), .centerCrop(let width, let height):
      return PixelSize(width: width, height: height)
    case .resizeShortSide(let target, _):
      let short = min(size.width, size.height)
      let long = max(size.width, size.height)
      guard short > 0 else { return nil }
      let (product, overflow) = target.multipliedReportingOverflow(by: long)
      guard !overflow, product / short <= Preprocessing.sideLimit else { return nil }
      return size.width <= size.height
        ? PixelSize(width: target, height: product / short)
        : PixelSize(width: product / short, height: target)
    }
  }
}
