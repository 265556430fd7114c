import Tensors

extension OnnxWalk {
  /// Adds the layers that a node of a quantised graph computes. Returns false if the node's
  /// operator is not one of a quantised graph, or is used in a form that is not known.
  mutating func applyQuantized(_ node: OnnxNodeProto) throws(WeightFileError) -> Bool {
    switch node.opType {
    case "QuantizeLinear":
      let isSigned = node.int("output_dtype", 2) != 2 && node.input(2) == nil
      if !isSigned { try clip(zeroPoint: node.input(2)) }
    case "DequantizeLinear":
      break
    case "DynamicQuantizeLinear":
      // Outputs: the integers, their scale, their zero point.
      if node.output.count > 1 { dynamicScales[node.output[1]] = "" }
    case "QLinearConv":
      let weight = try dequantized(node, 3, axis: 0)
      let bias = try sums(node, bias: 8, inputScale: 1, weightScale: 4)
      try convolve(node, weight, bias: bias)
      try clip(zeroPoint: node.input(7))
    case "QLinearMatMul":
      try connect(node, try dequantized(node, 3, axis: 1), isTransposed: true, bias: nil)
      try clip(zeroPoint: node.input(7))
    case "QGemm":
      guard node.int("transA", 0) == 0, node.float("alpha", 1) == 1 else { return false }
      let isTransposed = node.int("transB", 0) == 0
      let weight = try dequantized(node, 3, axis: isTransposed ? 1 : 0)
      let bias = try sums(node, bias: 6, inputScale: 1, weightScale: 4)
      try connect(node, weight, isTransposed: isTransposed, bias: bias)
      // If no scale for the output is given, the output is not quantised.
      if node.input(7) != nil { try clip(zeroPoint: node.input(8)) }
    case "QLinearAdd":
      guard followsWeightsOrClip, let last = weights.indices.last, weights[last].bias == nil,
        let first = node.input(0)
      else { return false }
      removeClip()
      weights[last].bias = try flat(try dequantized(node, first == current ? 3 : 0, axis: 0))
      try clip(zeroPoint: node.input(7))
    case "MatMulInteger", "ConvInteger":
      let weight = try offset(node)
      if node.opType == "ConvInteger" {
        try convolve(node, weight, bias: nil)
      } else {
        try connect(node, weight, isTransposed: true, bias: nil)
      }
    default:
      return false
    }
    return true
  }

  /// Adds a ReLU if the quantisation of a layer's output turns negative numbers into 0.
  private mutating func clip(zeroPoint: String?) throws(WeightFileError) {
    if followsWeights, try constants.clipsNegatives(zeroPoint: zeroPoint) { append(.relu) }
  }

  private var followsWeightsOrClip: Bool {
    if layers.last != .relu { return followsWeights }
    guard layers.count >= 2, case .fullyConnected = layers[layers.count - 2] else { return false }
    return true
  }

  /// Removes the ReLU that ``clip(zeroPoint:)`` added after a product. Used if the bias is added
  /// after the product was quantised: the ReLU then follows the sum.
  private mutating func removeClip() {
    if layers.last == .relu { layers.removeLast() }
  }

  /// The real numbers of input `index`, whose scale and zero point are the two inputs after it.
  private mutating func dequantized(
    _ node: OnnxNodeProto, _ index: Int, axis: Int
  ) throws(WeightFileError) -> Tensor {
    let name = node.input(index) ?? ""
    let quantization = try constants.quantization(
      scale: node.input(index + 1), zeroPoint: node.input(index + 2), axis: axis)
    return try quantization.dequantized(try constants.tensor(name), name)
  }

  /// The real numbers of a bias of 32-bit integers. Its scale is the product of the scales of the
  /// layer's input and weight.
  private mutating func sums(
    _ node: OnnxNodeProto, bias: Int, inputScale: Int, weightScale: Int
  ) throws(WeightFileError) -> Tensor? {
    guard let name = node.input(bias) else { return nil }
    guard let weight = node.input(weightScale),
      let inputScale = try constants.number(ifAny: node.input(inputScale))
    else { throw .damaged(.onnx, "\(node.title) has no scales") }
    let quantization = OnnxQuantization(
      scales: try constants.tensor(weight), factor: inputScale, axis: 0)
    return try quantization.dequantized(try constants.tensor(name), name)
  }

  /// The integers of input 1 minus their zero point, which is input 3. A later Mul node multiplies
  /// them with their scale.
  private mutating func offset(_ node: OnnxNodeProto) throws(WeightFileError) -> Tensor {
    let name = node.input(1) ?? ""
    let quantization = OnnxQuantization(
      zeroPoints: try constants.tensor(ifAny: node.input(3)),
      axis: node.opType == "ConvInteger" ? 0 : 1)
    return try quantization.dequantized(try constants.tensor(name), name)
  }
}
