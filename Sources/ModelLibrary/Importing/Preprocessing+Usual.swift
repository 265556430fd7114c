public import Architecture
public import Preprocessing
import WeightFiles

extension Preprocessing {
  /// The preprocessing that is usual for a network of this architecture.
  ///
  /// - Throws: ``PreprocessingError`` for an input of an impossible size.
  public static func usual(
    forNew architecture: Architecture
  ) throws(PreprocessingError) -> Preprocessing {
    try usual(for: architecture)
  }

  /// The usual preprocessing for weights of this architecture, with the input size of the network,
  /// and with the means and the scale in the file if it has them.
  ///
  /// - Parameter description: the description in the weight file; nil for a file that this program
  ///   wrote.
  static func usual(
    for architecture: Architecture, in description: NetworkDescription? = nil
  ) throws(PreprocessingError) -> Preprocessing {
    var preprocessing = Preprocessing(usual(architecture, description))
    if let hints = description?.preprocessing { preprocessing = try preprocessing.with(hints) }
    return try preprocessing.ending(in: description?.inputSize ?? architecture.inputSize)
  }

  /// The usual preprocessing. It depends on the architecture, and in two cases also on the file
  /// format.
  private static func usual(
    _ architecture: Architecture, _ description: NetworkDescription?
  ) -> UsualPreprocessing {
    switch (architecture.preprocessing, description?.format) {
    // These formats hold weights that were trained with Caffe.
    case (.alexnet, .caffe), (.alexnet, .numpy), (.alexnet, .deepCompression): .caffe
    // The networks of the ONNX model zoo take 224 pixels, Caffe's own 227.
    case (.caffe, .onnx) where description?.inputSize == 224: .onnxZoo
    case (let usual, _): usual
    }
  }

  /// The same preprocessing with the means and the scale of Caffe's data layer, which are in the
  /// order BGR.
  private func with(_ hints: PreprocessingHints) throws(PreprocessingError) -> Preprocessing {
    guard channels == .bgr else { return self }
    let mean = hints.mean.count == 1 ? [Float](repeating: hints.mean[0], count: 3) : hints.mean
    return try Preprocessing(
      steps: steps, channels: channels, mean: mean.isEmpty ? self.mean : mean,
      scale: [Float](repeating: hints.scale, count: 3))
  }

  /// The same preprocessing with a result of `size` x `size` pixels: the last step is changed, or a
  /// step is added.
  public func ending(in size: Int) throws(PreprocessingError) -> Preprocessing {
    var steps = steps
    switch steps.popLast() {
    case .squash(_, _, let antialias):
      steps.append(.squash(width: size, height: size, antialias: antialias))
    case .centerCrop: steps.append(.centerCrop(width: size, height: size))
    case let step?: steps += [step, .centerCrop(width: size, height: size)]
    case nil: steps.append(.squash(width: size, height: size, antialias: true))
    }
    return try Preprocessing(steps: steps, channels: channels, mean: mean, scale: scale)
  }
}

// MARK: - Presets

extension Preprocessing {
  /// The preset that an architecture names as its usual preprocessing.
  init(_ usual: UsualPreprocessing) {
    switch usual {
    case .alexnet: self = .alexnet
    case .caffe: self = .caffe
    case .torchvision: self = .torchvision
    case .onnxZoo: self = .onnxZoo
    }
  }

  /// The presets, by their names on the command line.
  public static let presets: [String: Preprocessing] = Dictionary(
    uniqueKeysWithValues: UsualPreprocessing.allCases.map { ($0.rawValue, Preprocessing($0)) })
}
