import JSON
import Tensors

/// Converts tensors to ``CompactForm`` one at a time, so that the caller can stop between two
/// tensors.
public struct CompactEncoder: Sendable {
  /// How many weights of a fully connected matrix are not 0.
  public struct Density: Sendable, Equatable {
    public let name: String
    /// The number of all weights of the matrix, including those that are 0.
    public let weights: Int
    public let nonZerosBefore: Int
    public let nonZerosAfter: Int
  }

  private let pruning: [String: Pruning]
  private var tensors: [NamedTensor] = []
  private var metadata: [String: String]
  private var shapes: [JSONValue.Member] = []
  /// The densities of the matrices that have been encoded so far.
  public private(set) var densities: [Density] = []

  /// - Parameter pruning: how to prune each matrix of a fully connected layer, by the name of the
  ///   tensor. A matrix without an entry keeps all its weights.
  public init(metadata: [String: String], pruning: [String: Pruning] = [:]) {
    self.metadata = metadata
    self.pruning = pruning
  }

  /// The file with all tensors that have been added so far.
  public var file: WeightFile {
    var file = WeightFile(tensors: tensors, metadata: metadata)
    if !shapes.isEmpty {
      file.metadata[CompactForm.sparseEntry] = JSONValue.object(shapes).text
    }
    return file
  }

  /// Adds a tensor: a matrix is stored sparse, a convolution's weight in 8 bits, and any other
  /// tensor as it is.
  ///
  /// - Throws: ``WeightFileError`` if the tensor is not of a floating-point type, if it has a value
  ///   that is not finite, or if a matrix has more rows than a ``SparseMatrix`` may have.
  public mutating func add(_ named: NamedTensor) throws(WeightFileError) {
    switch named.tensor.shape.dimensions.count {
    case 4: tensors += try CompactForm.quantize(named)
    case 2: try addMatrix(named)
    default: tensors.append(named)
    }
  }

  private mutating func addMatrix(_ named: NamedTensor) throws(WeightFileError) {
    var weights = try WeightFile.finiteFloats(named.tensor, named.name)
    let before = weights.count { $0 != 0 }
    pruning[named.name]?.apply(to: &weights)
    densities.append(
      Density(
        name: named.name, weights: weights.count, nonZerosBefore: before,
        nonZerosAfter: weights.count { $0 != 0 }))
    let dimensions = named.tensor.shape.dimensions
    guard dimensions[0] <= SparseMatrix.maxRows else {
      throw .unsupported(
        .safetensors,
        "tensor \(named.name) has \(dimensions[0]) rows; the compact form has at most "
          + "\(SparseMatrix.maxRows)")
    }
    let codebook = Codebook(clustering: weights)
    let code = SparseCode(
      codes: codebook.codes(of: weights), rows: dimensions[0], columns: dimensions[1])
    tensors += [
      try CompactForm.part(
        named.name + CompactForm.masksSuffix, code.masks, .uint8,
        [dimensions[1], SparseMatrix.maskStride(rows: dimensions[0])]),
      try CompactForm.part(
        named.name + CompactForm.codesSuffix, code.codes, .uint8, [code.codes.count]),
      try CompactForm.part(named.name + CompactForm.codebookSuffix, codebook.centres),
    ]
    shapes.append(.init(named.name, .array(dimensions.map(JSONValue.integer))))
  }
}
