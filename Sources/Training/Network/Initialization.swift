public import Architecture

/// The weights that training begins with.
public enum Initialization {
  /// Random weights for every layer, biases of 0: a normal distribution of variance `2 / inputs of
  /// one output`, which keeps activations of one size through ReLU layers (He, Zhang, Ren and Sun,
  /// "Delving deep into rectifiers", 2015).
  ///
  /// - Parameter deviation: the standard deviation of all weights instead. The biases are then
  ///   those of Krizhevsky, Sutskever and Hinton 2012, section 5: 1 for every convolution but the
  ///   first and third, and for fully connected layers but the last; 0 for these.
  public static func parameters(
    _ rows: [LayerSummary], seed: UInt64, deviation: Double? = nil
  ) -> [String: [Float]] {
    var parameters: [String: [Float]] = [:]
    for (index, spec) in rows.flatMap(\.tensors).enumerated() {
      let inputs = spec.dimensions.dropFirst().reduce(1, *)
      parameters[spec.name] = values(
        spec, deviation: deviation ?? (2 / Double(inputs)).squareRoot(), seed: seed,
        index: index)
    }
    guard deviation != nil else { return parameters }
    let convolutions = rows.map(\.layer).filter {
      if case .convolution = $0.operation { true } else { false }
    }
    let hidden = rows.map(\.layer).filter(\.isFullyConnected).dropLast()
    for (index, layer) in convolutions.enumerated() where index != 0 && index != 2 {
      parameters[layer.biasName] = parameters[layer.biasName]?.map { _ in 1 }
    }
    for layer in hidden {
      parameters[layer.biasName] = parameters[layer.biasName]?.map { _ in 1 }
    }
    return parameters
  }

  /// A new last layer: small weights, so that all classes are nearly equally likely at first.
  public static func lastLayer(_ rows: [LayerSummary], seed: UInt64) -> [String: [Float]] {
    var parameters: [String: [Float]] = [:]
    for (index, spec) in (rows.last?.tensors ?? []).enumerated() {
      parameters[spec.name] = values(spec, deviation: 0.01, seed: seed, index: 1000 + index)
    }
    return parameters
  }

  private static func values(
    _ spec: TensorSpec, deviation: Double, seed: UInt64, index: Int
  ) -> [Float] {
    let count = spec.dimensions.reduce(1, *)
    guard spec.dimensions.count > 1 else { return Array(repeating: 0, count: count) }
    var random = RandomStream(seed: seed, .initialization, UInt64(index))
    return (0..<count).map { _ in Float(random.normal() * deviation) }
  }
}
