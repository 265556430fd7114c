import Tensors

/// Our compact form of a network's weights: a safetensors file a tenth of the size of float16 when pruned.
///
/// - A convolution `X` is stored as `X` (I8, `[out, in, height, width]`) and `X.scale` (F32,
///   `[out]`): a weight is its int8 value times the scale of its output channel.
/// - A fully connected matrix `X` is stored as ``SparseMatrix`` describes: `X.entries` (U8),
///   `X.columnStarts` (U32, `[in + 1]`) and `X.codebook` (F32, `[16]`). Its shape `[out, in]`
///   stands under its name in the metadata entry `sparse`, a JSON object.
/// - All else, the biases, stays as it was.
public enum CompactForm {
  static let scaleSuffix = ".scale"
  static let entriesSuffix = ".entries"
  static let columnStartsSuffix = ".columnStarts"
  static let codebookSuffix = ".codebook"
  static let sparseEntry = "sparse"

  /// The compact form of `file`, whose tensors are floating point.
  ///
  /// Weights that are 0 stay 0 and cost almost nothing, so a pruned network becomes small;
  /// `density` prunes one that is not: the share of a matrix's weights that is kept, the largest
  /// ones, by name. Matrices without an entry keep all their weights.
  ///
  /// - Throws: ``WeightFileError`` for a tensor that is not floating point or not finite.
  public static func encode(
    _ file: WeightFile, density: [String: Double] = [:]
  ) throws(WeightFileError) -> WeightFile {
    var compact = WeightFile(tensors: [], metadata: file.metadata)
    var sparseShapes: [JSONValue.Member] = []
    for named in file.tensors {
      let dimensions = named.tensor.shape.dimensions
      switch dimensions.count {
      case 4:
        compact.tensors += try quantize(named)
      case 2:
        compact.tensors += try cluster(named, density: density[named.name])
        sparseShapes.append(.init(named.name, .array(dimensions.map(JSONValue.integer))))
      default:
        compact.tensors.append(named)
      }
    }
    if !sparseShapes.isEmpty { compact.metadata[sparseEntry] = JSONValue.object(sparseShapes).text }
    return compact
  }

  /// int8 values with one scale an output channel: the channel's largest weight becomes 127.
  static func quantize(_ named: NamedTensor) throws(WeightFileError) -> [NamedTensor] {
    let weights = try WeightFile.finiteFloats(named.tensor, named.name)
    let outputs = named.tensor.shape.dimensions[0]
    let perOutput = weights.count / max(outputs, 1)
    var values: [UInt8] = []
    values.reserveCapacity(weights.count)
    var scales: [Float] = []
    for output in 0..<outputs {
      let channel = weights[output * perOutput..<(output + 1) * perOutput]
      let scale = channel.reduce(0) { max($0, abs($1)) } / 127
      scales.append(scale)
      for weight in channel {
        let value = scale == 0 ? 0 : (weight / scale).rounded(.toNearestOrEven)
        values.append(UInt8(bitPattern: Int8(max(-127, min(127, value)))))
      }
    }
    return [
      try part(named.name, values, .int8, named.tensor.shape.dimensions),
      try part(named.name + scaleSuffix, scales),
    ]
  }

  private static func cluster(
    _ named: NamedTensor, density: Double?
  ) throws(WeightFileError) -> [NamedTensor] {
    var weights = try WeightFile.finiteFloats(named.tensor, named.name)
    if let density { prune(&weights, density: density) }
    let codebook = Codebook(clustering: weights)
    let (rows, columns) = (named.tensor.shape.dimensions[0], named.tensor.shape.dimensions[1])
    let code = SparseCode(codes: codebook.codes(of: weights), rows: rows, columns: columns)
    return [
      try part(named.name + entriesSuffix, code.entries, .uint8, [code.entries.count]),
      try part(named.name + columnStartsSuffix, code.columnStartBytes, .uint32, [columns + 1]),
      try part(named.name + codebookSuffix, codebook.values),
    ]
  }

  /// Sets all but the largest `density` of the weights to 0.
  private static func prune(_ weights: inout [Float], density: Double) {
    let kept = Int((Double(weights.count) * min(max(density, 0), 1)).rounded())
    guard kept < weights.count else { return }
    let threshold = weights.map { abs($0) }.sorted()[weights.count - 1 - kept]
    for index in weights.indices where abs(weights[index]) <= threshold { weights[index] = 0 }
  }

  private static func part(
    _ name: String, _ bytes: [UInt8], _ type: ElementType, _ shape: [Int]
  ) throws(WeightFileError) -> NamedTensor {
    do {
      return NamedTensor(name: name, tensor: try Tensor(bytes: bytes, type, shape: shape))
    } catch {
      throw .tensor(.safetensors, name: name, error)
    }
  }

  private static func part(
    _ name: String, _ values: [Float]
  ) throws(WeightFileError) -> NamedTensor {
    do {
      return NamedTensor(name: name, tensor: try Tensor(values, shape: [values.count]))
    } catch {
      throw .tensor(.safetensors, name: name, error)
    }
  }
}
