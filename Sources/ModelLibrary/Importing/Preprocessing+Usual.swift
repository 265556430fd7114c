import Network
import Preprocessing
import WeightFiles

extension Preprocessing {
  /// What published weights of this variant and format were trained with, fitted to the network's
  /// input and to what the file itself says of means and scale.
  static func usual(for model: ResolvedModel) throws(PreprocessingError) -> Preprocessing {
    var preprocessing = usual(variant: model.variant, model.description)
    if let hints = model.description.preprocessing { preprocessing = try preprocessing.with(hints) }
    return try preprocessing.ending(in: model.inputSize)
  }

  private static func usual(
    variant: String, _ description: NetworkDescription
  ) -> Preprocessing {
    switch (variant, description.format) {
    case (Architecture.torchvision.name, _): return .torchvision
    // The zoo's networks take 224 pixels, Caffe's own 227.
    case (Architecture.alexnet.name, .onnx): return .alexnet
    case (_, .onnx) where description.inputSize == 224: return .onnxZoo
    case (Architecture.alexnet.name, .safetensors), (Architecture.alexnet.name, .torch):
      return .alexnet
    default: return .caffe
    }
  }

  /// Caffe's data layer: in its channel order, BGR.
  private func with(_ hints: PreprocessingHints) throws(PreprocessingError) -> Preprocessing {
    guard channels == .bgr else { return self }
    let mean = hints.mean.count == 1 ? [Float](repeating: hints.mean[0], count: 3) : hints.mean
    return try Preprocessing(
      steps: steps, channels: channels, mean: mean.isEmpty ? self.mean : mean,
      scale: [Float](repeating: hints.scale, count: 3))
  }

  /// The same steps, the last of which gives `size` x `size` pixels.
  private func ending(in size: Int) throws(PreprocessingError) -> Preprocessing {
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

  /// The presets by the names that the command line knows.
  public static let presets: [String: Preprocessing] = [
    "alexnet": .alexnet, "caffe": .caffe, "torchvision": .torchvision, "onnx-zoo": .onnxZoo,
  ]
}
