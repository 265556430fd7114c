import Architecture
public import Images
public import Kernels
public import Network
public import Preprocessing
public import System
public import Threads

/// Makes pictures that a network takes for a class, or that amplify what a layer finds in a photo:
/// gradient ascent on the picture (Simonyan, Vedaldi and Zisserman, "Deep inside convolutional
/// networks", 2013, section 2).
///
/// What is maximised for a class is its logit, less a large part of the logarithm of the sum of all
/// exponentials of logits: with all of it, which is the logarithm of the probability, nothing would
/// change any more when the probability is near 1, and the picture would stay pale. The picture
/// goes through the
/// preprocessing of the model in every step, moved by a few pixels at random, so that what appears
/// survives both. Only one thread at a time may use it.
public final class ActivationMaximization {
  public enum Target: Sendable, Hashable {
    /// The class of this index in the model's output.
    case classIndex(Int)
    /// The mean square of the activations of a layer before the fully connected ones.
    case layer(String)
  }

  public struct Options: Sendable {
    public var steps = 64
    /// Equal seeds give equal pictures.
    public var seed: UInt64 = 0
    /// How fast the picture changes.
    public var rate: Float = 0.05

    public init() {}
  }

  private let preprocessing: Preprocessing
  private let size: Int
  private let target: Target
  private let workspace: Workspace
  private let gradient: LogitGradient
  /// Of the layer that is maximised; nil for a class.
  private let layerOutput: FeatureMap?

  /// How much of the logarithm of the sum of exponentials is taken off a logit.
  package static let competition: Float = 0.8

  /// The share of a part of the picture that fades in each step.
  private static let decay: Float = 0.002

  /// - Throws: ``ExplanationError`` where no layer before the fully connected ones has the name of
  ///   the target.
  public init(
    _ parameters: Parameters, preprocessing: Preprocessing, target: Target, pool: WorkerPool,
    kernels: InstructionSet = .best
  ) throws(ExplanationError) {
    self.preprocessing = preprocessing
    self.target = target
    size = parameters.architecture.inputSize
    workspace = Workspace(
      for: Plan(parameters, strategy: .latency, kernels: kernels, pool: pool), batch: 1,
      pool: pool)
    switch target {
    case .classIndex:
      gradient = try LogitGradient(workspace, layer: nil, pool: pool, kernels: kernels)
      layerOutput = nil
    case .layer(let name):
      gradient = try LogitGradient(
        workspace, layer: nil, through: name, pool: pool, kernels: kernels)
      layerOutput = workspace.outputMap(of: name)
    }
  }

  /// The side of the pictures for a model: that of the largest picture that its preprocessing
  /// makes, so that no detail is lost.
  public static func usualSide(_ preprocessing: Preprocessing, inputSize: Int) -> Int {
    let sides = preprocessing.steps.map { step in
      switch step {
      case .resizeShortSide(let size, _): size
      case .squash(let width, let height, _), .centerCrop(let width, let height):
        max(width, height)
      }
    }
    return min(max(inputSize, sides.max() ?? inputSize), sideLimit)
  }

  /// The longest side of a picture.
  public static let sideLimit = 1024

  /// The picture, `side` x `side` pixels.
  ///
  /// - Parameters:
  ///   - photo: to begin with, of `side` x `side` pixels; nil for grey with a little noise.
  ///   - progress: is called after each step with the number of steps that are done.
  ///   - stop: ends the ascent early when raised.
  /// - Throws: ``PreprocessingError`` if the preprocessing cannot take such a picture, or does not
  ///   give the size of the network's input.
  public func picture(
    side: Int, from photo: RGBImage? = nil, _ options: Options, stop: StopFlag? = nil,
    progress: (Int) -> Void = { _ in }
  ) throws(PreprocessingError) -> RGBImage {
    var noise = NoiseGenerator(seed: options.seed)
    var pyramid = try PicturePyramid(side: side, photo: photo?.pixels, noise: &noise)
    let axes = try preprocessing.weights(for: PixelSize(width: side, height: side))
    let view = SeparableMap(columns: axes.columns, rows: axes.rows)
    guard view.width == size, view.height == size else {
      throw .tooLarge(width: view.width, height: view.height)
    }
    let reach = max(1, side / 20)
    for step in 0..<options.steps {
      if let stop, stop.isRaised { break }
      let picture = pyramid.picture
      let move = (
        x: Int.random(in: -reach...reach, using: &noise),
        y: Int.random(in: -reach...reach, using: &noise)
      )
      let moved = Self.rolled(picture, side: side, x: move.x, y: move.y)
      let slope = view.transposed(inputGradient(view.map(moved)))
      pyramid.climb(
        Self.rolled(slope, side: side, x: -move.x, y: -move.y), picture: picture,
        rate: options.rate, decay: Self.decay)
      progress(step + 1)
    }
    return RGBImage(
      width: side, height: side,
      pixels: pyramid.picture.map { UInt8(min(max($0.isFinite ? $0 : 0, 0), 255).rounded()) })
  }

  /// The gradient of what is maximised, by the pixels of the network's input in RGB,
  /// `[size, size, 3]`, 0 to 255.
  package func inputGradient(_ pixels: [Float]) -> [Float] {
    let channels = preprocessing.channels == .rgb ? [0, 1, 2] : [2, 1, 0]
    workspace.withInput(0) { input in
      for pixel in stride(from: 0, to: pixels.count, by: 3) {
        for channel in 0..<3 {
          input[pixel + channel] =
            (pixels[pixel + channels[channel]] - preprocessing.mean[channel])
            * preprocessing.scale[channel]
        }
      }
    }
    workspace.forward(count: 1)
    let map = slopes()
    var result = [Float](repeating: 0, count: pixels.count)
    let values = map.channelsFirst(image: 0)
    let area = size * size
    for pixel in 0..<area {
      for channel in 0..<3 {
        result[pixel * 3 + channels[channel]] =
          values[channel * area + pixel] * preprocessing.scale[channel]
      }
    }
    return result
  }

  private func slopes() -> FeatureMap {
    switch target {
    case .classIndex(let index):
      var logits = workspace.probabilities(0).map { -Self.competition * $0 }
      logits[index] += 1
      return gradient.run(logits: logits)
    case .layer:
      let values = layerOutput?.channelsFirst(image: 0) ?? []
      let share = 2 / Float(max(1, values.count))
      return gradient.run(trunk: values.map { $0 * share })
    }
  }

  /// What the network says about a picture that is prepared for it.
  package func probabilities(of image: RGBImage) -> [Float] {
    workspace.withInput(0) { preprocessing.normalize(image, into: &$0) }
    workspace.forward(count: 1)
    return workspace.probabilities(0)
  }

  /// The picture moved by whole pixels; what leaves it on one side comes back on the other.
  static func rolled(_ picture: [Float], side: Int, x: Int, y: Int) -> [Float] {
    var result = picture
    let shift = ((x % side) + side) % side * 3
    let length = side * 3
    for row in 0..<side {
      let target = ((row + y) % side + side) % side * length
      let source = row * length
      result.replaceSubrange(
        target + shift..<target + length, with: picture[source..<source + length - shift])
      result.replaceSubrange(
        target..<target + shift, with: picture[source + length - shift..<source + length])
    }
    return result
  }
}
