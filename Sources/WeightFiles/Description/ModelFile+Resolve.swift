public import Architecture
import Tensors

/// The weights of a known architecture, with all of its tensors checked.
public struct ResolvedModel: Sendable {
  /// The architecture that the file holds.
  public var architecture: Architecture
  /// The architecture's tensors in the order of its layers, all of them and no others: float32,
  /// float16 or bfloat16; those of convolutions `[out, in / groups, height, width]`, those of fully
  /// connected layers `[out, in]`.
  public var weights: WeightFile
  public var classCount: Int
  /// Height and width of the input in pixels.
  public var inputSize: Int
  /// What else the file says: the parameters of normalisations, which may differ from the
  /// architecture's, and how poolings round sizes.
  public var description: NetworkDescription
}

extension ModelFile {
  /// Recognises the network and checks all of its tensors.
  ///
  /// - Parameters:
  ///   - architectures: those that the file may hold.
  ///   - variant: the name of the only one to compare the file with; nil compares it with all.
  /// - Throws: ``WeightFileError/otherArchitecture(_:differences:)`` with every difference from the
  ///   architecture that comes nearest; ``WeightFileError/unsupported(_:_:)`` where a file without
  ///   a graph fits several.
  public func resolved(
    against architectures: [Architecture] = Architecture.all, variant: String? = nil
  ) throws(WeightFileError) -> ResolvedModel {
    let format = description.format
    var compared: [(candidate: Candidate, differences: [String])] = []
    for architecture in architectures where variant == nil || architecture.name == variant {
      let candidate = try candidate(architecture)
      var lines = description.layers.isEmpty ? [] : candidate.differences(from: description)
      lines += candidate.differences(fromTensorsOf: self)
      compared.append((candidate, lines))
    }
    var matching = compared.filter(\.differences.isEmpty).map(\.candidate)
    if matching.count > 1, let hint = description.variantHint {
      matching = matching.filter { $0.architecture.name == hint }
    }
    guard let match = matching.first else {
      let nearest = compared.min { $0.differences.count < $1.differences.count }
      throw .otherArchitecture(
        format,
        differences: nearest.map {
          ["compared with \($0.candidate.architecture.name):"] + $0.differences
        } ?? ["no such variant: \(variant ?? "")"])
    }
    guard matching.count == 1 else {
      let names = matching.map(\.architecture.name).joined(separator: " and ")
      throw .unsupported(
        format, "its weights fit \(names) alike: say which of them it is (--variant)")
    }
    let weights = try match.checkedWeights(of: self)
    return ResolvedModel(
      architecture: match.architecture, weights: weights,
      classCount: weights.tensors.last?.tensor.shape.count ?? 0,
      inputSize: description.inputSize ?? match.architecture.inputSize, description: description)
  }

  /// The weights under the names of an architecture's tensors, and with its order of axes. Nothing
  /// else is checked: tensors that the architecture does not have keep their names.
  ///
  /// - Throws: ``WeightFileError`` for a tensor whose axes cannot be brought into that order.
  public func weights(as architecture: Architecture) throws(WeightFileError) -> WeightFile {
    try candidate(architecture).weights(of: self)
  }

  private func candidate(_ architecture: Architecture) throws(WeightFileError) -> Candidate {
    do {
      return try Candidate(architecture)
    } catch {
      throw .otherArchitecture(description.format, differences: ["\(error)"])
    }
  }
}

extension Architecture {
  /// The one of `candidates` from which weights of these shapes, by their names, differ least; of
  /// several, the one that comes first. Nil without candidates.
  public static func nearest(
    to shapes: [String: [Int]], among candidates: [Architecture]
  ) -> Architecture? {
    let shapes = shapes.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    var nearest: (architecture: Architecture, differences: Int)?
    for architecture in candidates {
      guard let candidate = try? Candidate(architecture) else { continue }
      let differences = candidate.differences(from: shapes).count
      if differences < nearest?.differences ?? .max { nearest = (architecture, differences) }
    }
    return nearest?.architecture
  }
}
