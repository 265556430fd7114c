import Tensors

/// An AlexNet's weights, checked.
public struct ResolvedModel: Sendable {
  /// Which of the expected networks it is.
  public var variant: String
  /// `conv1.weight` to `fc8.bias`, in the order of the layers, all of them and no others: float32,
  /// float16 or bfloat16; convolutions `[out, in / groups, height, width]`, fully connected
  /// `[out, in]`.
  public var weights: WeightFile
  public var classCount: Int
  /// Height and width of the input in pixels.
  public var inputSize: Int
  /// What else the file says: normalisation that may differ from the expected, rounding of pools.
  public var description: NetworkDescription
}

extension ModelFile {
  /// Recognises the network and checks all of its tensors.
  ///
  /// - Parameter variant: The only one of `candidates` to try; nil tries them all.
  /// - Throws: ``WeightFileError/otherArchitecture(_:differences:)`` with every difference from the
  ///   candidate that comes nearest; ``WeightFileError/unsupported(_:_:)`` where a file without a
  ///   graph fits several.
  public func resolved(
    against candidates: [ExpectedNetwork] = ExpectedNetwork.published, variant: String? = nil
  ) throws(WeightFileError) -> ResolvedModel {
    let format = description.format
    let candidates = candidates.filter { variant == nil || $0.variant == variant }
    let renamed = weights.tensors.map { tensor in
      NamedTensor(name: CanonicalNames.name(for: tensor.name), tensor: tensor.tensor)
    }
    let compared = candidates.map { candidate in
      var lines = description.layers.isEmpty ? [] : candidate.differences(from: description)
      lines += candidate.differences(from: renamed)
      return (candidate: candidate, differences: lines)
    }
    var matching = compared.filter(\.differences.isEmpty).map(\.candidate)
    if matching.count > 1, let hint = description.variantHint {
      matching = matching.filter { $0.variant == hint }
    }
    guard let match = matching.first else {
      let nearest = compared.min { $0.differences.count < $1.differences.count }
      throw .otherArchitecture(
        format,
        differences: nearest.map { ["compared with \($0.candidate.variant):"] + $0.differences }
          ?? ["no such variant: \(variant ?? "")"])
    }
    guard matching.count == 1 else {
      let names = matching.map(\.variant).joined(separator: " and ")
      throw .unsupported(
        format, "its weights fit \(names) alike: say which of them it is (--variant)")
    }
    return try resolved(as: match, renamed)
  }

  private func resolved(
    as network: ExpectedNetwork, _ renamed: [NamedTensor]
  ) throws(WeightFileError) -> ResolvedModel {
    let byName = Dictionary(renamed.map { ($0.name, $0.tensor) }) { first, _ in first }
    var tensors: [NamedTensor] = []
    for expected in network.tensors {
      guard let tensor = byName[expected.name] else { continue }
      let weights = try naming(expected.name, in: description.format) {
        () throws(TensorError) in try tensor.asWeights()
      }
      tensors.append(NamedTensor(name: expected.name, tensor: weights))
    }
    return ResolvedModel(
      variant: network.variant,
      weights: WeightFile(tensors: tensors, metadata: weights.metadata),
      classCount: tensors.last?.tensor.shape.count ?? 0,
      inputSize: description.inputSize ?? network.inputSize, description: description)
  }
}

extension ExpectedNetwork {
  /// Missing, extra, misshapen and doubled tensors, a line each.
  func differences(from tensors: [NamedTensor]) -> [String] {
    var lines: [String] = []
    var found: [String: Tensor] = [:]
    for tensor in tensors where found.updateValue(tensor.tensor, forKey: tensor.name) != nil {
      lines.append("\(tensor.name): there twice")
    }
    var classes: Int?
    for expected in self.tensors {
      guard let tensor = found.removeValue(forKey: expected.name) else {
        lines.append("\(expected.name): missing")
        continue
      }
      let dimensions = tensor.shape.dimensions
      let fits =
        dimensions.count == expected.dimensions.count && tensor.shape.count > 0
        && zip(dimensions, expected.dimensions).allSatisfy { found, expected in
          // The weight sets the number of classes, which the bias must then have too.
          found == expected ?? classes ?? found
        }
      if expected.dimensions.first == .some(nil), fits { classes = dimensions.first }
      if !fits {
        let text = expected.dimensions.map { $0.map(String.init) ?? "classes" }
        lines.append(
          "\(expected.name): expected \(text.joined(separator: "x")), found \(tensor.shape)")
      }
    }
    for tensor in tensors where found.removeValue(forKey: tensor.name) != nil {
      lines.append("\(tensor.name): unexpected, \(tensor.tensor.shape)")
    }
    return lines
  }
}
