import Architecture

extension Candidate {
  /// The differences between the layers that a file describes and those of the architecture, one
  /// line for each; empty if there is none.
  ///
  /// Some things may differ: the file may or may not have a softmax at the end, normalisations may
  /// have any parameters, and poolings may round output sizes up or down, as long as the sizes of
  /// all layers fit each other.
  func differences(from description: NetworkDescription) -> [String] {
    let expected = Self.comparable(layers)
    let found = Self.comparable(description.layers)
    var lines = Self.align(expected, found).compactMap { pair in
      switch pair {
      case (let expected?, let found?):
        Self.agree(expected.layer, found.layer)
          ? nil : "layer \(expected.place): expected \(expected.layer), found \(found.layer)"
      case (let expected?, nil): "layer \(expected.place): expected \(expected.layer), missing"
      case (nil, let found?): "after layer \(found.place - 1): unexpected \(found.layer)"
      case (nil, nil): nil
      }
    }
    let norms = Set(
      found.compactMap { layer in
        if case .normalization(let norm) = layer { norm } else { nil }
      })
    if norms.count > 1 { lines.append("its normalisations differ from each other") }
    if lines.isEmpty,
      let line = sizeDifference(found, description.inputSize ?? architecture.inputSize)
    {
      lines.append(line)
    }
    return lines
  }

  /// The layers without a softmax at their end, and with one ReLU in place of several in a row.
  private static func comparable(_ layers: [LayerDescription]) -> [LayerDescription] {
    var result: [LayerDescription] = []
    for layer in layers where !(layer == .relu && result.last == .relu) { result.append(layer) }
    if result.last == .softmax { result.removeLast() }
    return result
  }

  private static func agree(_ expected: LayerDescription, _ found: LayerDescription) -> Bool {
    switch (expected, found) {
    case (.normalization, .normalization): true
    case (.maxPooling(let expected, let padding), .maxPooling(let found, let foundPadding)):
      expected.kernel == found.kernel && expected.stride == found.stride
        && padding == foundPadding
    case (.fullyConnected(nil, let expected), .fullyConnected(_, let found)): expected == found
    default: expected == found
    }
  }

  /// A message if the output of the last layer before the first fully connected one does not have
  /// as many values as that layer reads; nil if it has.
  private func sizeDifference(_ layers: [LayerDescription], _ inputSize: Int) -> String? {
    var size = inputSize
    var channels = Architecture.inputChannels
    for layer in layers {
      if case .fullyConnected(_, let inputs) = layer {
        let values = size * size * channels
        return values == inputs
          ? nil
          : "an input of \(inputSize)x\(inputSize) pixels comes to \(channels)x\(size)x\(size)"
            + " values, and the first fully connected layer reads \(inputs)"
      }
      guard let next = layer.outputSize(for: size) else {
        return "an input of \(inputSize)x\(inputSize) pixels is too small or too large"
      }
      if case .convolution(let convolution, _) = layer { channels = convolution.filters }
      size = next
    }
    return nil
  }
}

// MARK: - Alignment

extension Candidate {
  private typealias Placed = (place: Int, layer: LayerDescription)

  /// Pairs each expected layer with a found layer of the same kind, in order. A layer without a
  /// partner is paired with nil, so that one missing layer does not make all later layers differ.
  private static func align(
    _ expected: [LayerDescription], _ found: [LayerDescription]
  ) -> [(Placed?, Placed?)] {
    // A file may have any number of layers. A list of hundreds of differences would help nobody.
    let found = found.prefix(200)
    let changes = found.map(\.kind).difference(from: expected.map(\.kind))
    let removed = Set(
      changes.removals.map { if case .remove(let offset, _, _) = $0 { offset } else { -1 } })
    let inserted = Set(
      changes.insertions.map { if case .insert(let offset, _, _) = $0 { offset } else { -1 } })
    var pairs: [(Placed?, Placed?)] = []
    var (left, right) = (0, 0)
    while left < expected.count || right < found.count {
      if removed.contains(left), left < expected.count {
        pairs.append(((left + 1, expected[left]), nil))
        left += 1
      } else if inserted.contains(right), right < found.count {
        pairs.append((nil, (left + 1, found[right])))
        right += 1
      } else {
        guard left < expected.count, right < found.count else { break }
        pairs.append(((left + 1, expected[left]), (right + 1, found[right])))
        left += 1
        right += 1
      }
    }
    return pairs
  }
}

extension LayerDescription {
  fileprivate var kind: String {
    switch self {
    case .convolution: "convolution"
    case .relu: "relu"
    case .normalization: "normalization"
    case .maxPooling: "maxPooling"
    case .fullyConnected: "fullyConnected"
    case .softmax: "softmax"
    case .other(let text): text
    }
  }
}
