import Tensors

/// The quantisation of a tensor: `real = (integer - zeroPoint) * scale`. There is one scale for the
/// whole tensor or one for each index of an axis. Source: QuantizeLinear and DequantizeLinear in
/// ONNX's Operators.md.
struct OnnxQuantization {
  /// Nil for a scale of 1.
  var scales: Tensor?
  /// Multiplies every scale.
  var factor: Float = 1
  /// Nil for a zero point of 0.
  var zeroPoints: Tensor?
  var axis: Int

  /// The real numbers that the integers of `tensor` stand for, in float32. They are computed when
  /// they are first read.
  func dequantized(_ tensor: Tensor, _ name: String) throws(WeightFileError) -> Tensor {
    let dimensions = tensor.shape.dimensions
    let axis = axis < 0 ? axis + dimensions.count : axis
    let scaleCount = scales?.shape.count ?? 1
    let zeroCount = zeroPoints?.shape.count ?? 0
    var (length, inner) = (1, max(tensor.shape.count, 1))
    if scaleCount != 1 || zeroCount > 1 {
      guard dimensions.indices.contains(axis), tensor.shape.count > 0 else {
        throw .damaged(.onnx, "tensor \(name) is quantised along an axis that it does not have")
      }
      length = dimensions[axis]
      inner = dimensions[(axis + 1)...].reduce(1, *)
    }
    guard [1, length].contains(scaleCount), [0, 1, length].contains(zeroCount) else {
      throw .damaged(
        .onnx,
        "tensor \(name), \(tensor.shape), has \(scaleCount) scales and \(zeroCount) zero points")
    }
    let (channels, perChannel) = (length, inner)
    let sources = [tensor] + [scales, zeroPoints].compactMap(\.self)
    return try naming(name, in: .onnx) { () throws(TensorError) in
      try Tensor(deferring: tensor.shape, from: sources) { output in
        let values = tensor.numbers()
        let scales = (scales?.numbers() ?? [1]).map { $0 * factor }
        let zeroPoints = zeroPoints?.numbers() ?? []
        for index in values.indices {
          let channel = index / perChannel % channels
          let scale = scales.count == 1 ? scales[0] : scales[channel]
          let zero = zeroPoints.isEmpty ? 0 : zeroPoints[zeroPoints.count == 1 ? 0 : channel]
          output[index] = (values[index] - zero) * scale
        }
      }
    }
  }
}

extension OnnxConstants {
  /// The most values of a zero point that are examined. No layer of an AlexNet has as many
  /// channels.
  private static let maxChannels = 1 << 14

  /// The quantisation whose scale and zero point are the constants with these names.
  mutating func quantization(
    scale: String?, zeroPoint: String?, axis: Int
  ) throws(WeightFileError) -> OnnxQuantization {
    guard let scale else { throw .damaged(.onnx, "a quantised tensor has no scale") }
    return OnnxQuantization(
      scales: try tensor(scale), zeroPoints: try tensor(ifAny: zeroPoint), axis: axis)
  }

  /// Whether the zero point is the lowest integer of its type, so that negative numbers become 0.
  /// Such a quantisation does the same as a ReLU. Programs that quantise models therefore remove
  /// the ReLU before it.
  mutating func clipsNegatives(zeroPoint: String?) throws(WeightFileError) -> Bool {
    // An omitted zero point is 0 of type uint8.
    guard let zeroPoint else { return true }
    return try answer(about: zeroPoint) { (tensor) throws(WeightFileError) in
      let lowest: Float? =
        switch tensor.elementType {
        case .uint8, .uint16: 0
        case .int8: -128
        case .int16: -32768
        default: nil
        }
      guard let lowest else { return false }
      guard tensor.shape.count <= Self.maxChannels else {
        throw .damaged(.onnx, "the zero point '\(zeroPoint)' has \(tensor.shape.count) values")
      }
      return tensor.numbers().allSatisfy { $0 == lowest }
    }
  }
}
