public import Architecture
import Tensors

/// The weights of a known architecture, with all of its tensors checked.
public struct ResolvedModel: Sendable {
  /// The architecture that the file holds.
  public var architecture: Architecture
  /// All tensors of the architecture and no others, in the order of its layers. The types are
  /// float32, float16 or bfloat16. The shapes are `[out, in / groups, height, width]` for the
  /// weights of convolutions and `[out, in]` for those of fully connected layers.
  public var weights: WeightFile
  public var classCount: Int
  /// Height and width of the input in pixels.
  public var inputSize: Int
  /// What else the file says, such as the parameters of its normalisations, which may differ from
  /// those of the architecture, and how its poolings round sizes.
  public var description: NetworkDescription
  /// The names of the single numbers in the file, which no layer has. They are not in
  /// ``weights``.
  public var ignored: [String] = []
}

extension ModelFile {
  /// Finds the architecture that the file holds and checks all of its tensors.
  ///
  /// Tensors without dimensions are left out, because no layer has one: averaged models, for
  /// example, keep the number of their averages beside the weights.
  ///
  /// - Parameters:
  ///   - architectures: the architectures that the file may hold.
  ///   - variant: the name of the architecture to compare the file with; nil compares it with all.
  /// - Throws: ``WeightFileError/otherArchitecture(_:differences:)``, with all differences from the
  ///   most similar architecture, if the file fits none; ``WeightFileError/unsupported(_:_:)`` if
  ///   it fits several.
  public func resolved(
    against architectures: [Architecture] = Architecture.all, variant: String? = nil
  ) throws(WeightFileError) -> ResolvedModel {
    let ignored = weights.tensors.filter { $0.tensor.shape.dimensions.isEmpty }.map(\.name)
    guard ignored.isEmpty else {
      var file = self
      file.weights.tensors.removeAll { $0.tensor.shape.dimensions.isEmpty }
      var resolved = try file.resolved(against: architectures, variant: variant)
      resolved.ignored = ignored
      return resolved
    }
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
        format, "its weights fit both \(names): name the right one with --variant")
    }
    let weights = try match.checkedWeights(of: self)
    return ResolvedModel(
      architecture: match.architecture, weights: weights,
      classCount: weights.tensors.last?.tensor.shape.count ?? 0,
      inputSize: description.inputSize ?? match.architecture.inputSize, description: description)
  }

  /// The weights with the names and the order of axes of an architecture's tensors. Missing and
  /// unexpected tensors are no error here. Tensors that the architecture does not have keep their
  /// names.
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
  /// The first of the `candidates` that has the fewest differences from weights with these shapes,
  /// given by tensor name. Nil if there are no candidates.
  public static func nearest(
    to shapes: [String: [Int]], among candidates: [Architecture]
  ) -> Architecture? {
    let shapes = shapes.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    var nearest: (architecture: Architecture, differences: Int)?
    for architecture in candidates {
      // An architecture whose layers do not fit each other has no weights to compare with.
      guard let candidate = try? Candidate(architecture) else { continue }
      let differences = candidate.differences(from: shapes).count
      if differences < nearest?.differences ?? .max { nearest = (architecture, differences) }
    }
    return nearest?.architecture
  }
}
