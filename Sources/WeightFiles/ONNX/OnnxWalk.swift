import Architecture
import Tensors

/// Reads the nodes of a graph, which must be a chain, and lists its layers and their weights.
///
/// ONNX sorts nodes so that each comes after those that compute its inputs. In a chain, each layer
/// reads the output of the layer before it, which is called the current value here. A node that
/// reads neither the current value nor an earlier one computes with constants only. A node that
/// reads an earlier one shows that the graph is not a chain.
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
  /// Height and width of the current value; nil if they are not known.
  var size: Int?
  /// The scales of dynamic quantisation. A key is the name of a value that is the scale of a
  /// layer's input, or that scale times the scale of the layer's weights. The element is the name
  /// of the constant with the scale of the weights, or empty if only the input's scale is known.
  var dynamicScales: [String: String] = [:]
  /// The steps of normalisations that have been read so far, by the name of the value that they
  /// compute: see ``visitNormalization(_:)``.
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
    // A size that is not known is 0; one that is larger than any network's is not known either.
    if let size, !(1...OnnxNodeProto.maxExtent).contains(size) { self.size = nil }
    inputSize = size
  }

  mutating func visit(_ node: OnnxNodeProto) throws(WeightFileError) {
    guard let output = node.output.first else { return }
    if node.input.contains(current) {
      // Shapes are computed for nodes such as Reshape. They do not change the current value.
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
  /// Computes the output of a node whose inputs are constants. Only operators that occur between
  /// stored weights and layers are known. The outputs of others are not added to the constants.
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
      // If a weight is quantised and dequantised again, the original numbers are more exact.
      // Changes of the shape do not matter, because the shape of a weight follows from its layer.
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
