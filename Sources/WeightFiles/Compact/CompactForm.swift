import Tensors

/// The compact form of a network's weights: a safetensors file. With pruned weights it has a ninth
/// of the size of a file in float16.
///
/// - A convolution `X` is stored as `X` (I8, `[out, in, height, width]`) and `X.scale` (F32,
///   `[out]`): a weight is its int8 value times the scale of its output channel.
/// - A fully connected matrix `X` is stored as ``SparseMatrix`` describes: `X.mask` (U8, `[in,
///   ceil(out / 64) * 8]`), `X.codes` (U8) and `X.codebook` (F32, `[16]`). The metadata entry
///   `sparse`, a JSON object, has a member `X` with the shape `[out, in]`.
/// - All other tensors, the biases, are stored unchanged.
public enum CompactForm {
  static let scaleSuffix = ".scale"
  static let masksSuffix = ".mask"
  static let codesSuffix = ".codes"
  static let codebookSuffix = ".codebook"
  public static let sparseEntry = "sparse"

  /// The compact form of `file`.
  ///
  /// Weights that are 0 stay 0 and take almost no space, so a pruned network becomes small. See
  /// ``CompactEncoder`` for `pruning` and for the errors.
  public static func encode(
    _ file: WeightFile, pruning: [String: Pruning] = [:]
  ) throws(WeightFileError) -> WeightFile {
    var encoder = CompactEncoder(metadata: file.metadata, pruning: pruning)
    for named in file.tensors { try encoder.add(named) }
    return encoder.file
  }

  /// The tensor as int8 values with one scale for each output channel. The weight with the largest
  /// magnitude in a channel becomes 127 or -127.
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

  static func part(
    _ name: String, _ bytes: [UInt8], _ type: ElementType, _ shape: [Int]
  ) throws(WeightFileError) -> NamedTensor {
    do {
      return NamedTensor(name: name, tensor: try Tensor(bytes: bytes, type, shape: shape))
    } catch {
      throw .tensor(.safetensors, name: name, error)
    }
  }

  /// - Parameter shape: nil for a tensor of one dimension.
  static func part(
    _ name: String, _ values: [Float], shape: [Int]? = nil
  ) throws(WeightFileError) -> NamedTensor {
    do {
      return NamedTensor(name: name, tensor: try Tensor(values, shape: shape ?? [values.count]))
    } catch {
      throw .tensor(.safetensors, name: name, error)
    }
  }
}
