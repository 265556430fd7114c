import JSON
import Tensors

extension WeightFile {
  /// The file's weights by name, with the parts of the compact form joined.
  ///
  /// Names are those of the uncompressed tensors: `fc6.weight` for `fc6.weight.mask` and its
  /// companions. Biases are dense matrices of one dimension. Nothing is copied but scales and
  /// codebooks.
  ///
  /// - Throws: ``WeightFileError`` where parts are missing or do not fit each other, and for
  ///   integers without a scale. See ``CompactForm``.
  public func matrices() throws(WeightFileError) -> [String: WeightMatrix] {
    var parts = Dictionary(tensors.map { ($0.name, $0.tensor) }) { first, _ in first }
    var matrices: [String: WeightMatrix] = [:]
    for (name, shape) in try sparseShapes() {
      matrices[name] = .sparse(try Self.takeSparse(name, shape, from: &parts))
    }
    // In the order of the file, so that the same file always gives the same error.
    for name in tensors.map(\.name) {
      guard let values = parts[name], values.elementType == .int8 else { continue }
      matrices[name] = try Self.takeQuantized(name, values, from: &parts)
    }
    for name in tensors.map(\.name) where !QuantizedForm.isPartOfPoints(name) {
      guard let tensor = parts.removeValue(forKey: name) else { continue }
      let floats = try naming(name, in: .safetensors) { () throws(TensorError) in
        try FloatTensor(tensor)
      }
      guard matrices.updateValue(.dense(floats), forKey: name) == nil else {
        throw .damaged(.safetensors, "tensor \(name) is there in two forms")
      }
    }
    return matrices
  }

  /// Whether the file has a sparse matrix that its metadata describes.
  public var hasSparseParts: Bool {
    metadata[CompactForm.sparseEntry] != nil
      && tensors.contains { $0.name.hasSuffix(CompactForm.masksSuffix) }
  }

  /// The metadata entry `sparse`: the shapes of the sparse matrices, by name.
  private func sparseShapes() throws(WeightFileError) -> [(name: String, shape: [Int])] {
    guard let text = metadata[CompactForm.sparseEntry] else { return [] }
    let damaged = WeightFileError.damaged(
      .safetensors, "its metadata entry \(CompactForm.sparseEntry) names no matrix shapes")
    let json: JSONValue
    do {
      json = try JSONValue.parse(metadata: text)
    } catch {
      throw .damaged(
        .safetensors, "its metadata entry \(CompactForm.sparseEntry) is no JSON: \(error)")
    }
    guard case .object(let members) = json else { throw damaged }
    var shapes: [(name: String, shape: [Int])] = []
    for member in members {
      guard let shape = member.value.integers, shape.count == 2 else { throw damaged }
      shapes.append((member.name, shape))
    }
    return shapes
  }

  private static func takeSparse(
    _ name: String, _ shape: [Int], from parts: inout [String: Tensor]
  ) throws(WeightFileError) -> SparseMatrix {
    guard let masks = parts.removeValue(forKey: name + CompactForm.masksSuffix),
      let codes = parts.removeValue(forKey: name + CompactForm.codesSuffix),
      let codebookTensor = parts.removeValue(forKey: name + CompactForm.codebookSuffix)
    else { throw .damaged(.safetensors, "a part of the sparse tensor \(name) is missing") }
    let codebook = try usableFloats(codebookTensor, name + CompactForm.codebookSuffix)
    // 8-bit layers divide by a fraction of the largest value.
    let largest = codebook.reduce(0) { max($0, $1.magnitude) }
    guard largest == 0 || largest >= smallestScale else {
      throw .damaged(
        .safetensors,
        "the codebook of the sparse tensor \(name) has no value above \(smallestScale)")
    }
    do {
      return try SparseMatrix(
        rows: shape[0], columns: shape[1], masks: masks, codes: codes, codebook: codebook)
    } catch {
      throw .damaged(.safetensors, "sparse tensor \(name): \(error)")
    }
  }

  private static func takeQuantized(
    _ name: String, _ values: Tensor, from parts: inout [String: Tensor]
  ) throws(WeightFileError) -> WeightMatrix {
    let scaleName = name + CompactForm.scaleSuffix
    parts[name] = nil
    guard let scaleTensor = parts.removeValue(forKey: scaleName) else {
      throw .damaged(.safetensors, "tensor \(scaleName) is missing")
    }
    let scales = try usableFloats(scaleTensor, scaleName)
    guard let outputs = values.shape.dimensions.first, scales.count == outputs else {
      throw .damaged(
        .safetensors,
        "tensor \(scaleName) has \(scales.count) values for \(name) of \(values.shape)")
    }
    return .quantized(values: values, scales: scales)
  }

  /// The largest magnitude of a value that others are multiplied with, far beyond that of any
  /// trained network: products of several stay finite.
  static let largestScale: Float = 1e12

  /// The smallest magnitude that a layer's largest weight may have without being 0.
  static let smallestScale: Float = 1e-20

  /// As ``finiteFloats(_:_:)``, refused also where one is too large to be multiplied with others.
  static func usableFloats(
    _ tensor: Tensor, _ name: String
  ) throws(WeightFileError) -> [Float] {
    let floats = try finiteFloats(tensor, name)
    guard floats.allSatisfy({ $0.magnitude <= largestScale }) else {
      throw .damaged(.safetensors, "tensor \(name) has a value of more than \(largestScale)")
    }
    return floats
  }

  /// The values of a floating-point tensor, refused where one is infinite or NaN.
  static func finiteFloats(
    _ tensor: Tensor, _ name: String
  ) throws(WeightFileError) -> [Float] {
    let floats: [Float]
    do {
      floats = try tensor.floats()
    } catch {
      throw .tensor(.safetensors, name: name, error)
    }
    guard floats.allSatisfy(\.isFinite) else {
      throw .damaged(.safetensors, "tensor \(name) has a value that is infinite or NaN")
    }
    return floats
  }
}
