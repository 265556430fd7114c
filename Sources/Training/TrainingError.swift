/// Why a network cannot be trained.
public enum TrainingError: Error, Equatable, CustomStringConvertible {
  /// There is no way to train this layer.
  case notTrainable(layer: String)
  /// Weights or biases are missing, or their number is wrong.
  case missingParameters(layer: String)

  public var description: String {
    switch self {
    case .notTrainable(let layer): "layer \(layer) cannot be trained"
    case .missingParameters(let layer):
      "the weights or biases of layer \(layer) are missing, or their number is wrong"
    }
  }
}
