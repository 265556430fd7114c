import Architecture
import Tensors

extension OnnxWalk {
  /// Adds the layer that `node`, which reads the current value, computes.
  mutating func apply(_ node: OnnxNodeProto) throws(WeightFileError) {
    switch node.opType {
    case "Identity", "Dropout", "Flatten", "Reshape", "Squeeze", "Unsqueeze", "Cast":
      break
    case "Relu":
      append(.relu)
    case "Softmax", "QLinearSoftmax":
      append(.softmax)
    case "LRN":
      append(
        .normalization(
          .init(
            size: node.int("size", 0), alpha: node.float("alpha", 1e-4),
            beta: node.float("beta", 0.75), k: node.float("bias", 1))))
    case "MaxPool": append(pool(node))
    case "AveragePool", "QLinearAveragePool":
      // PyTorch exports an adaptive pooling as a 1x1 window with stride 1 if its input already has
      // the wanted size. Such a pooling does nothing.
      if node.square("kernel_shape", 0) != 1 || node.square("strides", 1) != 1 {
        append(.other(node.title))
      }
    case "Conv", "FusedConv":
      let weight = try constants.tensor(node.input(1) ?? "")
      try convolve(node, weight, bias: try constants.tensor(ifAny: node.input(2)))
    case "Gemm", "FusedGemm": try multiply(gemm: node)
    case "MatMul":
      guard node.input(0) == current else { return append(.other(node.title)) }
      try connect(
        node, try constants.tensor(node.input(1) ?? ""), isTransposed: true, bias: nil)
    case "Add", "Mul": try combine(node)
    default:
      guard try applyQuantized(node) else { return append(.other(node.title)) }
    }
    if let activation = node.attribute("activation") {
      append(activation.s.elementsEqual("Relu".utf8) ? .relu : .other("\(node.title) activation"))
    }
  }

  private func pool(_ node: OnnxNodeProto) -> LayerDescription {
    guard node.ints("dilations")?.allSatisfy({ $0 == 1 }) ?? true,
      let window = node.square("kernel_shape", 0), let stride = node.square("strides", 1),
      let padding = node.padding(kernel: window, stride: stride, size: size)
    else { return .other("\(node.title) that is not square") }
    guard (1...OnnxNodeProto.maxExtent).contains(window) else { return .other(node.title) }
    var pool = PoolingSpec(kernel: window, stride: stride)
    let extra = padding.after.subtractingReportingOverflow(padding.before)
    if extra.overflow || extra.partialValue < 0 || extra.partialValue >= max(stride, 1) {
      return .other("\(node.title) with padding \(padding.before) and \(padding.after)")
    }
    // More padding after the input than before it can have the same effect as rounding the size up:
    // one more window, which reaches past the edge. It has that effect only if the padding makes
    // room for that window.
    if node.int("ceil_mode", 0) != 0 {
      pool.rounding = .up
    } else if extra.partialValue > 0, let size, stride > 0, size >= 0, size < 1 << 20 {
      let room = size + 2 * padding.before + extra.partialValue - window
      let outputs = room >= 0 ? room / stride + 1 : 0
      if pool.outputSize(for: size, padding: padding.before) != outputs { pool.rounding = .up }
    } else {
      pool.rounding = extra.partialValue > 0 ? .up : .down
    }
    return .maxPooling(pool, padding: padding.before)
  }

  /// Adds a convolution with a weight `[out, in / groups, height, width]` of floating-point
  /// numbers.
  mutating func convolve(
    _ node: OnnxNodeProto, _ weight: Tensor, bias: Tensor?
  ) throws(WeightFileError) {
    let dimensions = weight.shape.dimensions
    guard dimensions.count == 4, dimensions[2] == dimensions[3], weight.shape.count > 0,
      node.square("kernel_shape", dimensions[2]) == dimensions[2],
      node.ints("dilations")?.allSatisfy({ $0 == 1 }) ?? true,
      let stride = node.square("strides", 1),
      let padding = node.padding(kernel: dimensions[2], stride: stride, size: size),
      padding.before == padding.after
    else { return append(.other("\(node.title) that is not square")) }
    append(
      .convolution(
        ConvolutionSpec(
          filters: dimensions[0], kernel: dimensions[2], stride: stride, padding: padding.before,
          groups: node.int("group", 1)),
        inputsPerGroup: dimensions[1]))
    weights.append(Weights(isConvolution: true, weight: weight, bias: try flat(bias)))
  }

  private mutating func multiply(gemm node: OnnxNodeProto) throws(WeightFileError) {
    guard node.input(0) == current, node.int("transA", 0) == 0 else {
      return append(.other("\(node.title) of a transposed value"))
    }
    let (alpha, beta) = (node.float("alpha", 1), node.float("beta", 1))
    var weight = try constants.tensor(node.input(1) ?? "")
    var bias = try constants.tensor(ifAny: node.input(2))
    if alpha != 1 { weight = try scaled(weight, by: alpha) }
    if beta != 1, let unscaled = bias { bias = try scaled(unscaled, by: beta) }
    try connect(node, weight, isTransposed: node.int("transB", 0) == 0, bias: bias)
  }

  /// Adds a fully connected layer. The weight is `[in, out]` if `isTransposed` is true, otherwise
  /// `[out, in]`.
  mutating func connect(
    _ node: OnnxNodeProto, _ weight: Tensor, isTransposed: Bool, bias: Tensor?
  ) throws(WeightFileError) {
    guard weight.shape.dimensions.count == 2, weight.shape.count > 0 else {
      return append(.other("\(node.title) by \(weight.shape) numbers"))
    }
    let matrix =
      isTransposed
      ? try naming(node.title, in: .onnx) { () throws(TensorError) in try weight.permuted([1, 0]) }
      : weight
    let dimensions = matrix.shape.dimensions
    append(.fullyConnected(outputs: dimensions[0], inputs: dimensions[1]))
    weights.append(Weights(isConvolution: false, weight: matrix, bias: try flat(bias)))
  }

  /// Reads a node that adds a constant to the current value or multiplies it with one. The constant
  /// is the bias of the last layer, or the scale of its quantised weights.
  private mutating func combine(_ node: OnnxNodeProto) throws(WeightFileError) {
    guard let other = node.input.first(where: { $0 != current }), let last = weights.indices.last,
      followsWeights
    else { return append(.other(node.title)) }
    if node.opType == "Mul", let scale = dynamicScales[other] {
      let quantization = try constants.quantization(scale: scale, zeroPoint: nil, axis: 0)
      weights[last].weight = try quantization.dequantized(weights[last].weight, scale)
    } else if node.opType == "Add", constants.contains(other), weights[last].bias == nil {
      weights[last].bias = try flat(try constants.tensor(other))
    } else {
      append(.other(node.title))
    }
  }

  /// Whether the current value is the output of a layer with weights.
  var followsWeights: Bool {
    switch layers.last {
    case .convolution, .fullyConnected: true
    default: false
    }
  }

  /// A bias as `[out]`, without its axes of length 1.
  func flat(_ bias: Tensor?) throws(WeightFileError) -> Tensor? {
    guard let bias, bias.shape.dimensions.filter({ $0 != 1 }).count <= 1 else { return bias }
    return try naming("a bias", in: .onnx) { () throws(TensorError) in
      try bias.reshaped([bias.shape.count])
    }
  }

  private func scaled(_ tensor: Tensor, by factor: Float) throws(WeightFileError) -> Tensor {
    try naming("a weight", in: .onnx) { () throws(TensorError) in
      try tensor.mapped { $0 * factor }
    }
  }
}
