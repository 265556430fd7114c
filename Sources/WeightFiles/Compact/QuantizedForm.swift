import Tensors

/// The 8-bit form of a network's weights: a safetensors file a quarter of the size of float32.
///
/// Every matrix `X` of a convolution (`[out, in, height, width]`) or fully connected layer (`[out, in]`)
/// is stored as ``CompactForm`` stores convolutions: `X` (I8) and `X.scale` (F32, `[out]`). What is in 8
/// bits or sparse already, and biases, stay as they are. The metadata entry `activations`, a JSON
/// object, gives by layer the value that the largest 8-bit activation stands for.
public enum QuantizedForm {
  /// The name of the metadata entry with the activations' ranges.
  public static let activationsEntry = "activations"

  /// - Throws: ``WeightFileError`` for a tensor that is not finite.
  public static func encode(
    _ file: WeightFile, activations: [(layer: String, range: Float)]
  ) throws(WeightFileError) -> WeightFile {
    var quantized = WeightFile(tensors: [], metadata: file.metadata)
    for named in file.tensors {
      switch (named.tensor.elementType, named.tensor.shape.dimensions.count) {
      case (.float16, 2...), (.bfloat16, 2...), (.float32, 2...), (.float64, 2...):
        quantized.tensors += try CompactForm.quantize(named)
      default:
        quantized.tensors.append(named)
      }
    }
    quantized.metadata[activationsEntry] =
      JSONValue.object(
        activations.map { .init($0.layer, .number(Double($0.range))) }
      ).text
    return quantized
  }
}
