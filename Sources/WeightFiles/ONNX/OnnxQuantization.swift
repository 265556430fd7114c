import Tensors

/// How integers stand for real numbers: `real = (integer - zeroPoint) * scale`, with one scale for
/// all or one for each index of an axis (QuantizeLinear and DequantizeLinear in ONNX's Operators.md).
struct OnnxQuantization {
  var scales: [Float]
  var zeroPoints: [Float]
  var axis: Int

  /// A float32 copy of `tensor`'s integers as the numbers they stand for.
  func dequantized(_ tensor: Tensor, _ name: String) throws(WeightFileError) -> Tensor {
    let dimensions = tensor.shape.dimensions
    let axis = axis < 0 ? axis + dimensions.count : axis
    var (length, inner) = (1, max(tensor.shape.count, 1))
    if scales.count != 1 || zeroPoints.count > 1 {
      guard dimensions.indices.contains(axis), tensor.shape.count > 0 else {
        throw .damaged(.onnx, "tensor \(name) is quantised along an axis that it does not have")
      }
      length = dimensions[axis]
      inner = dimensions[(axis + 1)...].reduce(1, *)
    }
    guard [1, length].contains(scales.count), [0, 1, length].contains(zeroPoints.count) else {
      throw .damaged(
        .onnx,
        "tensor \(name), \(tensor.shape), has \(scales.count) scales and"
          + " \(zeroPoints.count) zero points")
    }
    let values = try naming(name, in: .onnx) { () throws(TensorError) in try tensor.numbers() }
    return Tensor(filling: tensor.shape) { output in
      for index in values.indices {
        let channel = index / inner % length
        let scale = scales.count == 1 ? scales[0] : scales[channel]
        let zero = zeroPoints.isEmpty ? 0 : zeroPoints[zeroPoints.count == 1 ? 0 : channel]
        output[index] = (values[index] - zero) * scale
      }
    }
  }
}

extension OnnxConstants {
  /// The quantisation that the constants of these names describe.
  func quantization(
    scale: String?, zeroPoint: String?, axis: Int
  ) throws(WeightFileError) -> OnnxQuantization {
    guard let scale else { throw .damaged(.onnx, "a quantised tensor has no scale") }
    return OnnxQuantization(
      scales: try numbers(scale), zeroPoints: try numbers(ifAny: zeroPoint), axis: axis)
  }

  /// Whether values below zero cannot be told by a quantisation with this zero point: a ReLU that
  /// whoever quantised the model has left out for that reason.
  func clipsNegatives(zeroPoint: String?) throws(WeightFileError) -> Bool {
    // Without a zero point it is 0, of type uint8.
    guard let zeroPoint else { return true }
    let tensor = try tensor(zeroPoint)
    let lowest: Float? =
      switch tensor.elementType {
      case .uint8, .uint16: 0
      case .int8: -128
      case .int16: -32768
      default: nil
      }
    guard let lowest else { return false }
    return try numbers(zeroPoint).allSatisfy { $0 == lowest }
  }
}
