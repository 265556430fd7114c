import JSON
import Tensors

/// Brings tensors into ``CompactForm`` one after the other: whoever waits for it can end it in
/// between.
public struct CompactEncoder: Sendable {
  /// How many weights of a fully connected matrix are not 0.
  public struct Density: Sendable, Equatable {
    public let name: String
    /// All of the matrix, those that are 0 too.
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

  /// - Parameter pruning: what is done to fully connected matrices, by name. Those without an entry
  ///   keep all their weights.
  public init(metadata: [String: String], pruning: [String: Pruning] = [:]) {
    self.metadata = metadata
    self.pruning = pruning
  }

  /// The file with all tensors so far.
  public var file: WeightFile {
    var file = WeightFile(tensors: tensors, metadata: metadata)
    if !shapes.isEmpty {
      file.metadata[CompactForm.sparseEntry] = JSONValue.object(shapes).text
    }
    return file
  }

  /// - Throws: ``WeightFileError`` for a tensor that is not floating point or not finite, and for a
  ///   matrix with more rows than a ``SparseMatrix`` may have.
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
