import Architecture

/// Finds the architecture's name of a tensor from the name that a file gives it.
///
/// The name in the file may contain the architecture's name of the layer, the place of the layer in
/// a graph (``GraphNames``), or the number of a module in torchvision's two sequences, `features`
/// and `classifier`. Only the order of these numbers matters, because the numbers themselves depend
/// on how many modules without weights the program has in between.
struct TensorNames {
  /// The names of the architecture's layers, by the names that files give them.
  private var layers: [String: String] = [:]
  /// The most parts of one of these names.
  private var longestAlias = 0

  init(_ architecture: Architecture) {
    var places = GraphNames()
    for layer in architecture.layers {
      switch layer.operation {
      case .convolution: add(layer, places.nextConvolution())
      case .fullyConnected: add(layer, places.nextFullyConnected())
      case .maxPooling, .normalization: continue
      }
    }
  }

  private mutating func add(_ layer: LayerSpec, _ place: String) {
    for alias in [place, layer.name] {
      let parts = Self.parts(of: alias)
      longestAlias = max(longestAlias, parts.count)
      layers[parts.joined(separator: ".").lowercased()] = layer.name
    }
  }

  static let suffixes = [
    "weight": "weight", "weights": "weight", "w": "weight", "kernel": "weight",
    "bias": "bias", "biases": "bias", "b": "bias",
  ]

  static func parts(of name: String) -> [Substring] {
    name.split(whereSeparator: { ".:/_".contains($0) })
  }

  /// The architecture's names for the tensors of a file. Tensors that the architecture does not
  /// have keep their names.
  ///
  /// Prefixes that wrappers of the network add, such as `module.` of PyTorch's DataParallel, are
  /// removed.
  func names(for names: [String]) -> [String] {
    let places = Self.places(ofModulesIn: names)
    return names.map { name in
      // Only the last parts count, whatever prefixes are before them.
      var parts = Self.parts(of: name).suffix(max(longestAlias, 2) + 1).map { $0.lowercased() }
      guard let last = parts.popLast(), let suffix = Self.suffixes[last] else { return name }
      if let place = places[Module(parts)], let layer = layers[place] {
        return "\(layer).\(suffix)"
      }
      while !parts.isEmpty {
        if let layer = layers[parts.joined(separator: ".")] { return "\(layer).\(suffix)" }
        parts.removeFirst()
      }
      return name
    }
  }

  /// A module of one of torchvision's sequences.
  private struct Module: Hashable {
    let sequence: String
    let number: Int

    /// Nil unless the parts of a name end with a sequence and a number.
    init?(_ parts: some BidirectionalCollection<String>) {
      let parts = Array(parts)
      guard parts.count >= 2, let number = Int(parts[parts.count - 1]), number >= 0 else {
        return nil
      }
      sequence = parts[parts.count - 2]
      self.number = number
    }
  }

  /// The places of all modules with weights, from their order in their sequence.
  private static func places(ofModulesIn names: [String]) -> [Module?: String] {
    var numbers: [String: Set<Int>] = [:]
    for name in names {
      let parts = parts(of: name).suffix(3).map { $0.lowercased() }
      guard let last = parts.last, suffixes[last] != nil, let module = Module(parts.dropLast())
      else { continue }
      numbers[module.sequence, default: []].insert(module.number)
    }
    var graph = GraphNames()
    var places: [Module?: String] = [:]
    for number in numbers["features", default: []].sorted() {
      places[Module(["features", String(number)])] = graph.nextConvolution()
    }
    for number in numbers["classifier", default: []].sorted() {
      places[Module(["classifier", String(number)])] = graph.nextFullyConnected()
    }
    return places
  }
}
