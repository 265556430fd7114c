import Architecture
import Tensors

/// An architecture that a file is compared with: its layers in the form in which files describe
/// layers, and the names and shapes of its tensors.
struct Candidate {
  let architecture: Architecture
  private let rows: [LayerSummary]
  private let names: TensorNames

  init(_ architecture: Architecture) throws(ArchitectureError) {
    self.architecture = architecture
    rows = try architecture.summary()
    names = TensorNames(architecture)
  }

  /// The layers as a file with a graph describes them, without a softmax at the end. The layer that
  /// gives the classes has no number of outputs, because any number of classes is accepted.
  var layers: [LayerDescription] {
    rows.flatMap { row -> [LayerDescription] in
      switch row.layer.operation {
      case .convolution(let spec):
        [.convolution(spec, inputsPerGroup: row.input.channels / spec.groups), .relu]
      case .maxPooling(let spec): [.maxPooling(spec)]
      case .normalization(let spec): [.normalization(spec)]
      case .fullyConnected(let outputs, let relu, _):
        [.fullyConnected(outputs: givesClasses(row) ? nil : outputs, inputs: row.input.count)]
          + (relu ? [.relu] : [])
      }
    }
  }

  private func givesClasses(_ row: LayerSummary) -> Bool { row.layer == architecture.classLayer }
}

// MARK: - Tensors

/// The name of a tensor and the lengths of its axes.
typealias NamedShape = (name: String, dimensions: [Int])

extension Candidate {
  /// The tensors of a file with the names and the order of axes of the architecture. Tensors that
  /// the architecture does not have keep their names.
  ///
  /// - Throws: ``WeightFileError`` for a tensor whose axes cannot be brought into that order.
  func weights(of file: ModelFile) throws(WeightFileError) -> WeightFile {
    let rows = Dictionary(self.rows.map { ($0.layer.weightName, $0) }) { first, _ in first }
    var weights = WeightFile(tensors: [], metadata: file.weights.metadata)
    let names = names(for: file)
    for (named, name) in zip(file.weights.tensors, names) {
      let tensor =
        switch file.description.layout {
        case .outputsFirst: named.tensor
        case .outputsLast:
          try naming(name, in: file.description.format) { () throws(TensorError) in
            try TensorFlowLayout.turned(named.tensor, input: rows[name]?.input)
          }
        }
      weights.tensors.append(NamedTensor(name: name, tensor: tensor))
    }
    return weights
  }

  /// The architecture's own tensors in the order of its layers, as float32, float16 or bfloat16.
  ///
  /// - Throws: ``WeightFileError`` for a tensor that cannot be converted.
  func checkedWeights(of file: ModelFile) throws(WeightFileError) -> WeightFile {
    let all = try weights(of: file)
    let byName = Dictionary(all.tensors.map { ($0.name, $0.tensor) }) { first, _ in first }
    var ordered = WeightFile(tensors: [], metadata: all.metadata)
    for expected in rows.flatMap(\.tensors) {
      guard let tensor = byName[expected.name] else { continue }
      let weights = try naming(expected.name, in: file.description.format) {
        () throws(TensorError) in try tensor.asWeights()
      }
      ordered.tensors.append(NamedTensor(name: expected.name, tensor: weights))
    }
    return ordered
  }

  /// The differences between the tensors of a file and those of the architecture: see
  /// ``differences(from:)``.
  func differences(fromTensorsOf file: ModelFile) -> [String] {
    differences(from: zip(names(for: file), shapes(of: file)).map { ($0, $1.dimensions) })
  }

  /// The architecture's names for the tensors of a file: from their names, or from their shapes if
  /// the names do not fit and the shapes do. Tensors that it does not have keep their names.
  private func names(for file: ModelFile) -> [String] {
    let shapes = shapes(of: file)
    let named = self.names.names(for: shapes.map(\.name))
    guard file.description.layers.isEmpty,
      !differences(from: zip(named, shapes).map { ($0, $1.dimensions) }).isEmpty
    else { return named }
    return ShapeNames.names(for: shapes, rows: rows, classLayer: architecture.classLayer) ?? named
  }

  /// The names and shapes of a file's tensors, outputs first.
  private func shapes(of file: ModelFile) -> [NamedShape] {
    file.weights.tensors.map { named in
      let dimensions = named.tensor.shape.dimensions
      return (
        named.name,
        file.description.layout == .outputsLast
          ? TensorFlowLayout.turned(dimensions) : dimensions
      )
    }
  }

  /// The tensors that are missing, unexpected or duplicate, or that have the wrong shape, one line
  /// for each; empty if there is none. Any number of classes is accepted.
  func differences(from shapes: [NamedShape]) -> [String] {
    var lines: [String] = []
    var found: [String: [Int]] = [:]
    for (name, dimensions) in shapes where found.updateValue(dimensions, forKey: name) != nil {
      lines.append("\(name): there twice")
    }
    for row in rows {
      // The file's weights say how many classes there are, and its biases must agree with them.
      var outputs: Int? = givesClasses(row) ? nil : row.output.channels
      for tensor in row.tensors {
        guard let dimensions = found.removeValue(forKey: tensor.name) else {
          lines.append("\(tensor.name): missing")
          continue
        }
        let others = tensor.dimensions.dropFirst()
        if let first = dimensions.first, first == outputs ?? first, first > 0,
          dimensions.dropFirst() == others
        {
          outputs = first
        } else {
          let expected = [outputs.map(String.init) ?? "classes"] + others.map(String.init)
          lines.append(
            "\(tensor.name): expected \(expected.joined(separator: "x")), found "
              + Self.text(dimensions))
        }
      }
    }
    for (name, dimensions) in shapes where found.removeValue(forKey: name) != nil {
      lines.append("\(name): unexpected, \(Self.text(dimensions))")
    }
    return lines
  }

  private static func text(_ dimensions: [Int]) -> String {
    dimensions.isEmpty ? "scalar" : dimensions.map(String.init).joined(separator: "x")
  }
}
