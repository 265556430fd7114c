import Architecture
import Tensors

/// Follows the one value that runs from a graph's input to its output, and notes what is done to
/// it.
///
/// Nodes come in an order in which they can run. A node that takes no part of that value computes
/// with constants or shapes; a node that takes an earlier form of it makes the graph no chain.
struct OnnxWalk {
  /// A convolution or fully connected layer's tensors.
  struct Weights {
    let isConvolution: Bool
    /// `[out, in / groups, height, width]` or `[out, in]`.
    var weight: Tensor
    /// `[out]`.
    var bias: Tensor?
  }

  var constants: OnnxConstants
  var layers: [LayerDescription] = []
  var weights: [Weights] = []
  /// Height and width of the current value, as far as they are known.
  var size: Int?
  /// What dynamic quantisation multiplies a layer's sums with: a constant by the name of its
  /// product with the input's scale.
  var dynamicScales: [String: String] = [:]
  /// Partly computed normalisations by the names of their values: see ``visitNormalization(_:)``.
  var normalizations: [String: NormalizationSpec] = [:]

  private(set) var current: String
  private var earlier: Set<String> = []
  private let inputSize: Int?

  init(_ graph: OnnxGraphProto, _ constants: OnnxConstants) throws(WeightFileError) {
    let inputs = graph.input.filter { !constants.contains($0.name) }
    guard inputs.count == 1, let input = inputs.first else {
      let names = inputs.map(\.name).joined(separator: ", ")
      throw .unsupported(.onnx, "it has \(inputs.count) inputs instead of one: \(names)")
    }
    self.constants = constants
    current = input.name
    let dimensions = input.type.tensorType.shape.dim
    if dimensions.count == 4, dimensions[2].dimValue == dimensions[3].dimValue {
      size = Int(clamping: dimensions[3].dimValue)
    }
    if size.map({ $0 <= 0 }) ?? false { size = nil }
    inputSize = size
  }

  mutating func visit(_ node: OnnxNodeProto) throws(WeightFileError) {
    guard let output = node.output.first else { return }
    if node.input.contains(current) {
      // What a shape is computed for (a reshape's) changes nothing by itself.
      if node.opType == "Shape" || node.opType == "Size" { return }
      if try visitNormalization(node) { return }
      try apply(node)
      advance(to: output)
    } else if node.input.contains(where: { normalizations[$0] != nil }) {
      _ = try visitNormalization(node)
    } else if node.input.contains(where: earlier.contains) {
      if node.opType != "Shape" && node.opType != "Size" {
        layers.append(.other("\(node.title) beside the chain of layers"))
      }
    } else {
      try fold(node, output)
    }
  }

  mutating func advance(to output: String) {
    earlier.insert(current)
    current = output
  }

  mutating func append(_ layer: LayerDescription) {
    layers.append(layer)
    size = size.flatMap { layer.outputSize(for: $0) }
  }

  func file(name: String?) throws(WeightFileError) -> ModelFile {
    guard weights.count <= TensorLimits.tensors / 2 else {
      throw .unsupported(.onnx, "it has \(weights.count) layers with weights")
    }
    var names = GraphNames()
    var tensors: [NamedTensor] = []
    for layer in weights {
      let name = layer.isConvolution ? names.nextConvolution() : names.nextFullyConnected()
      tensors.append(NamedTensor(name: "\(name).weight", tensor: layer.weight))
      guard let bias = layer.bias else { continue }
      tensors.append(NamedTensor(name: "\(name).bias", tensor: bias))
    }
    return ModelFile(
      weights: WeightFile(tensors: tensors),
      description: NetworkDescription(
        format: .onnx, name: name, layers: layers, inputSize: inputSize))
  }
}

// MARK: - Constants

extension OnnxWalk {
  /// Computes what depends on constants only, as far as weights need it; leaves out the rest.
  private mutating func fold(
    _ node: OnnxNodeProto, _ output: String
  ) throws(WeightFileError) {
    if node.opType == "Constant" {
      if let value = node.attribute("value") {
        constants.add(value.t, as: output)
      } else if let value = node.attribute("value_float") {
        try addScalar(value.f, as: output)
      }
      return
    }
    if node.opType == "Mul", let scale = node.input.first(where: { dynamicScales[$0] != nil }) {
      dynamicScales[output] = node.input.first { $0 != scale }
      return
    }
    guard let input = node.input(0), constants.contains(input) else { return }
    switch node.opType {
    case "Identity", "QuantizeLinear", "Cast", "Reshape", "Squeeze", "Unsqueeze":
      // Quantised and dequantised again: the numbers before that are the better weights. The shape
      // of a weight follows from its layer.
      constants.alias(input, as: output)
    case "DequantizeLinear":
      let tensor = try constants.tensor(input)
      guard ![.float32, .float16, .bfloat16].contains(tensor.elementType) else {
        constants.alias(input, as: output)
        return
      }
      guard node.int("block_size", 0) == 0 else {
        throw .unsupported(.onnx, "tensor \(input) is quantised in blocks")
      }
      let quantization = try constants.quantization(
        scale: node.input(1), zeroPoint: node.input(2), axis: node.int("axis", 1))
      constants.add(try quantization.dequantized(tensor, input), as: output)
    case "Transpose":
      let tensor = try constants.tensor(input)
      let rank = tensor.shape.dimensions.count
      let order = node.ints("perm") ?? Array((0..<rank).reversed())
      guard rank <= 4, order.sorted() == Array(0..<rank), tensor.shape.count > 0 else {
        throw .damaged(.onnx, "tensor \(input) cannot be transposed by \(order)")
      }
      let turned = try naming(input, in: .onnx) { () throws(TensorError) in
        try tensor.permuted(order)
      }
      constants.add(turned, as: output)
    default:
      break
    }
  }

  private mutating func addScalar(
    _ value: Float, as name: String
  ) throws(WeightFileError) {
    let tensor = try naming(name, in: .onnx) { () throws(TensorError) in
      try Tensor([value], shape: [1])
    }
    constants.add(tensor, as: name)
  }
}
