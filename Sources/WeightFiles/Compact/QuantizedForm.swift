import JSON
import Tensors

/// The 8-bit form of a network's weights: a safetensors file a quarter of the size of float32.
///
/// Every matrix `X` of a convolution (`[out, in, height, width]`) or fully connected layer (`[out,
/// in]`) is stored as ``CompactForm`` stores convolutions: `X` (I8) and `X.scale` (F32, `[out]`).
/// Matrices that are already in 8 bits or sparse, and biases, are stored unchanged.
///
/// The metadata entry `activations` is a JSON object. For each layer it has the real value that the
/// largest 8-bit activation stands for.
///
/// A convolution `NAME` that is computed with Winograd's algorithm has two more tensors:
/// `NAME.points` (F32, `[products, in]`) has the real value that the largest byte of each point of
/// the transformed input stands for, and `NAME.means` (F32, `[in]`) has the mean of each channel of
/// the input.
public enum QuantizedForm {
  /// The name of the metadata entry with the activations' ranges.
  public static let activationsEntry = "activations"

  /// The ranges of the transformed input of one Winograd convolution: see ``QuantizedForm``.
  public struct Points: Sendable {
    public let layer: String
    /// `[products, channels]`.
    public let ranges: [Float]
    /// `[channels]`.
    public let means: [Float]

    public init(layer: String, ranges: [Float], means: [Float]) {
      precondition(!means.isEmpty && ranges.count % means.count == 0)
      self.layer = layer
      self.ranges = ranges
      self.means = means
    }
  }

  private static let rangesSuffix = ".points"
  private static let meansSuffix = ".means"

  /// Whether a tensor of this name is a part of ``Points`` and not a weight.
  static func isPartOfPoints(_ name: String) -> Bool {
    name.hasSuffix(rangesSuffix) || name.hasSuffix(meansSuffix)
  }

  /// The points in a file, in the order of their tensors.
  ///
  /// - Throws: ``WeightFileError`` if a tensor is missing or has the wrong shape, if a value is
  ///   infinite or not a number, or if a range is negative.
  public static func points(of file: WeightFile) throws(WeightFileError) -> [Points] {
    let tensors = Dictionary(file.tensors.map { ($0.name, $0.tensor) }) { first, _ in first }
    var all: [Points] = []
    for named in file.tensors where named.name.hasSuffix(rangesSuffix) {
      let layer = String(named.name.dropLast(rangesSuffix.count))
      guard let means = tensors[layer + meansSuffix] else {
        throw .damaged(.safetensors, "tensor \(layer + meansSuffix) is missing")
      }
      let (shape, channels) = (named.tensor.shape.dimensions, means.shape.dimensions)
      guard shape.count == 2, shape[0] > 0, channels == [shape[1]], shape[1] > 0 else {
        throw .damaged(
          .safetensors, "tensors \(named.name) and \(layer + meansSuffix) do not fit each other")
      }
      let points = Points(
        layer: layer, ranges: try WeightFile.usableFloats(named.tensor, named.name),
        means: try WeightFile.usableFloats(means, layer + meansSuffix))
      guard points.ranges.allSatisfy({ $0 >= 0 }) else {
        throw .damaged(.safetensors, "tensor \(named.name) has a negative range")
      }
      all.append(points)
    }
    return all
  }

  /// The 8-bit form of `file`.
  ///
  /// - Throws: ``WeightFileError`` for a weight that is not finite.
  public static func encode(
    _ file: WeightFile, activations: [(layer: String, range: Float)], points: [Points]
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
    for points in points {
      quantized.tensors.append(
        try CompactForm.part(
          points.layer + rangesSuffix, points.ranges,
          shape: [points.ranges.count / points.means.count, points.means.count]))
      quantized.tensors.append(try CompactForm.part(points.layer + meansSuffix, points.means))
    }
    quantized.metadata[activationsEntry] =
      JSONValue.object(
        activations.map { .init($0.layer, .number(Double($0.range))) }
      ).text
    return quantized
  }
}
