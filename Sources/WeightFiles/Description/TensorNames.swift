import Architecture

/// Finds the tensors of an architecture under the names that files give them.
///
/// A layer is known by its own name, by its place in a graph (``GraphNames``), and by the number that
/// PyTorch gives it in torchvision's two sequences of modules, `features` and `classifier`.
struct TensorNames {
  /// The names of the architecture's layers, by the names that files give them.
  private var layers: [String: String] = [:]

  init(_ architecture: Architecture) {
    var places = GraphNames()
    // Modules so far. Every operation is one, and so are a ReLU after it and a dropout before it.
    var (features, classifier) = (0, 0)
    for layer in architecture.layers {
      switch layer.operation {
      case .convolution:
        add(layer, places.nextConvolution(), "features.\(features)")
        features += 2
      case .maxPooling, .normalization:
        features += 1
      case .fullyConnected(_, let relu, let dropout):
        if dropout > 0 { classifier += 1 }
        add(layer, places.nextFullyConnected(), "classifier.\(classifier)")
        classifier += relu ? 2 : 1
      }
    }
  }

  private mutating func add(_ layer: LayerSpec, _ aliases: String...) {
    for alias in aliases + [layer.name] {
      layers[Self.parts(of: alias).joined(separator: ".").lowercased()] = layer.name
    }
  }

  private static let suffixes = [
    "weight": "weight", "weights": "weight", "w": "weight", "kernel": "weight",
    "bias": "bias", "biases": "bias", "b": "bias",
  ]

  private static func parts(of name: String) -> [Substring] {
    name.split(whereSeparator: { ".:/_".contains($0) })
  }

  /// The architecture's name for a tensor; the file's own name for a tensor that it does not have.
  ///
  /// Prefixes for what is wrapped around the network are left out: DataParallel's `module.`, `model.`
  /// and the like.
  func name(for name: String) -> String {
    var parts = Self.parts(of: name).map { $0.lowercased() }
    guard let last = parts.popLast(), let suffix = Self.suffixes[last] else { return name }
    while !parts.isEmpty {
      if let layer = layers[parts.joined(separator: ".")] { return "\(layer).\(suffix)" }
      parts.removeFirst()
    }
    return name
  }
}
