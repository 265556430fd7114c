public import Architecture

extension Architecture {
  /// The layers with their shapes and costs.
  ///
  /// - Throws: ``NetworkError/impossibleLayer(_:)``.
  func checkedSummary() throws(NetworkError) -> [LayerSummary] {
    do {
      return try summary()
    } catch {
      throw .impossibleLayer(error)
    }
  }
}

/// Why weights and an architecture make no network.
public enum NetworkError: Error, Equatable, CustomStringConvertible {
  /// Everything that is wrong with the tensors, all at once.
  case wrongTensors(architecture: String, [TensorProblem])
  /// A layer does not fit the one before it.
  case impossibleLayer(ArchitectureError)
  /// A calibration for 8 bits does not say how large the values of these layers become.
  case notCalibrated([String])
  /// A layer cannot be computed in 8 bits with this calibration.
  case notQuantizable(String, reason: String)

  /// One tensor that does not fit.
  public enum TensorProblem: Equatable, Sendable, CustomStringConvertible {
    case missing(String, expected: [Int])
    case unexpected(String, found: [Int])
    case wrongShape(String, expected: [Int], found: [Int])
    case unusable(String, reason: String)

    public var description: String {
      switch self {
      case .missing(let name, let expected):
        "\(name): missing, expected \(Self.text(expected))"
      case .unexpected(let name, let found):
        "\(name): unexpected, found \(Self.text(found))"
      case .wrongShape(let name, let expected, let found):
        "\(name): expected \(Self.text(expected)), found \(Self.text(found))"
      case .unusable(let name, let reason):
        "\(name): \(reason)"
      }
    }

    private static func text(_ dimensions: [Int]) -> String {
      dimensions.map(String.init).joined(separator: "x")
    }
  }

  public var description: String {
    switch self {
    case .wrongTensors(let architecture, let problems):
      "the tensors do not make a network of variant \(architecture):\n"
        + problems.map { "  \($0)" }.joined(separator: "\n")
    case .notCalibrated(let names):
      "no activation ranges for " + names.joined(separator: ", ")
        + ": 'alexnet model quantize' measures them"
    case .notQuantizable(let name, let reason):
      "layer \(name) cannot be computed in 8 bits: \(reason)"
    case .impossibleLayer(let error):
      error.description
    }
  }
}
