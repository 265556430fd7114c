import Kernels

extension Network {
  /// Bytes of weights by layer, in the form in which it reads them: every weight counted once, without
  /// biases. Layers without weights have 0. Packs the weights, where nothing has before.
  public var weightBytes: [String: Int] {
    // A layer may take several steps.
    steps.reduce(into: [:]) { $0[$1.name, default: 0] += $1.operation.weightBytes }
  }
}

extension Network.Operation {
  fileprivate var weightBytes: Int {
    switch self {
    case .spaceToDepth, .maxPooling, .normalization, .quantizedNormalization: 0
    case .convolution(let layer): layer.weightBytes
    case .winograd(let layer): layer.weightBytes
    case .quantizedConvolution(let layer): layer.weightBytes
    case .quantizedWinograd(let layer): layer.weightBytes
    case .fullyConnected(let layer): layer.weightBytes
    case .bfloat16FullyConnected(let layer): layer.weightBytes
    case .quantizedFullyConnected(let layer): layer.weightBytes
    case .sparseFullyConnected(let layer): layer.weightBytes
    case .quantizedSparseFullyConnected(let layer): layer.weightBytes
    }
  }
}
