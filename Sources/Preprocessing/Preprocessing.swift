import Images

/// How pictures are prepared for a model: steps that resize and crop, then channel order, mean and
/// scale.
///
/// It is stored with the weights, as JSON in the metadata of a model file:
///
///     {"steps": [{"op": "resizeShortSide", "size": 256, "antialias": true},
///                {"op": "centerCrop", "size": 227}],
///      "channels": "RGB", "mean": [122.7, 116.7, 104.0], "scale": 1}
public struct Preprocessing: Sendable, Equatable {
  /// One change of the picture's size. Steps follow one another and may repeat.
  public enum Step: Sendable, Equatable {
    /// The short side becomes `size`. The long side becomes `size * long / short`, rounded down, as
    /// torchvision does.
    case resizeShortSide(size: Int, antialias: Bool)
    /// Resizes to exactly `width` x `height`. The aspect ratio may change.
    case squash(width: Int, height: Int, antialias: Bool)
    /// Keeps the middle `width` x `height` pixels. The offset is `(size - crop) / 2`, rounded half
    /// to even. A smaller picture is padded with black on all sides. If the padding is odd, the
    /// right and the bottom side get one more pixel. This is the same as torchvision's CenterCrop.
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
  /// The factors for the pixels after the mean was subtracted, in the order of `channels`.
  public let scale: [Float]

  /// The range of the sizes in a step.
  public static let sizeLimit = 1...16384
  public static let stepLimit = 32
  /// The most pixels that one step may have to store.
  public static let pixelLimit = 1 << 28
  /// The longest side that an intermediate picture may have, even if only a part of it is computed.
  static let sideLimit = 1 << 48

  /// - Throws: ``PreprocessingError`` if a size, a count or a number is out of range.
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

  /// Does not check the values. It is used for values that were checked before, and for the
  /// presets, which the tests check.
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

  /// The size of the result of this step for a picture of `size`; nil if a size would overflow.
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
