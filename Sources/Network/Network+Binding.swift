import Architecture
import Kernels
import Tensors

extension Network {
  /// The steps that run a layer in float32 or bfloat16; its tensors have been checked.
  static func bind(
    _ row: LayerSummary, _ parameters: [String: WeightMatrix], _ strategy: Strategy,
    _ precision: Precision, _ kernels: InstructionSet
  ) throws(TensorError) -> [Step] {
    switch row.layer.operation {
    case .maxPooling(let pooling):
      return [step(row, .maxPooling(MaxPooling(pooling)))]
    case .normalization(let normalization):
      return [step(row, .normalization(LocalResponseNormalization(normalization)))]
    case .convolution(let spec):
      let geometry = Convolution.Geometry(spec, inputChannels: row.input.channels)
      let (weights, bias) = try tensors(row, parameters)
      return try bindConvolution(row, geometry, weights, bias, strategy, kernels)
    case .fullyConnected(_, let relu, _):
      let (weights, bias) = try tensors(row, parameters)
      switch weights {
      case .sparse(let matrix):
        return [
          step(row, .sparseFullyConnected(.init(matrix, bias: bias, relu: relu, kernels: kernels)))
        ]
      case .dense where precision == .bfloat16, .quantized where precision == .bfloat16:
        return [
          step(
            row,
            .bfloat16FullyConnected(try .init(weights, bias: bias, relu: relu, kernels: kernels)))
        ]
      case .dense(let tensor):
        return [
          step(
            row,
            .fullyConnected(try .init(weights: tensor, bias: bias, relu: relu, kernels: kernels)))
        ]
      case .quantized:
        let tensor = try Tensor(weights.floats(), shape: weights.dimensions)
        return [
          step(
            row,
            .fullyConnected(try .init(weights: tensor, bias: bias, relu: relu, kernels: kernels)))
        ]
      }
    }
  }

  /// For one image, transformed weights must not take longer to read than they save: conv2's are shared
  /// by many tiles, those of the small maps that follow are not.
  private static let latencyWeightLimit = 8 << 20

  private static func bindConvolution(
    _ row: LayerSummary, _ geometry: Convolution.Geometry, _ weights: WeightMatrix,
    _ bias: [Float], _ strategy: Strategy, _ kernels: InstructionSet
  ) throws(TensorError) -> [Step] {
    func direct() throws(TensorError) -> [Step] {
      let layer = try Convolution(geometry, bias: bias, relu: true, kernels: kernels) {
        (filters, target) throws(TensorError) in
        try weights.write(outputs: filters, to: &target)
      }
      return [step(row, .convolution(layer))]
    }
    func pays(_ geometry: Convolution.Geometry) -> Bool {
      WinogradConvolution.supports(geometry)
        && (strategy == .throughput
          || WinogradConvolution.weightBytes(geometry) <= latencyWeightLimit)
    }
    if pays(geometry) {
      let layer = try WinogradConvolution(geometry, bias: bias, relu: true, kernels: kernels) {
        (filters, target) throws(TensorError) in
        try weights.write(outputs: filters, to: &target)
      }
      return [step(row, .winograd(layer))]
    }
    // conv1: 11x11 with stride 4 is 3x3 over blocks of 4x4 pixels.
    guard strategy == .throughput, geometry.stride > 1, geometry.groups == 1 else {
      return try direct()
    }
    let rearrangement = SpaceToDepth(geometry)
    guard WinogradConvolution.supports(rearrangement.geometry) else { return try direct() }
    let layer = WinogradConvolution(
      rearrangement.geometry, weights: rearrangement.rearranged(weights: try weights.floats()),
      bias: bias, relu: true, kernels: kernels)
    let blocks = Step(
      name: row.layer.name, operation: .spaceToDepth(rearrangement),
      channels: rearrangement.geometry.inputChannels,
      height: rearrangement.outputExtent(row.input.height),
      width: rearrangement.outputExtent(row.input.width))
    return [blocks, step(row, .winograd(layer))]
  }

  static func step(_ row: LayerSummary, _ operation: Operation) -> Step {
    Step(
      name: row.layer.name, operation: operation, channels: row.output.channels,
      height: row.output.height, width: row.output.width)
  }

  static func tensors(
    _ row: LayerSummary, _ parameters: [String: WeightMatrix]
  ) throws(TensorError) -> (WeightMatrix, bias: [Float]) {
    guard let weights = parameters[row.layer.name + ".weight"],
      let bias = parameters[row.layer.name + ".bias"]
    else { preconditionFailure("the tensors were checked before") }
    return (weights, try bias.floats())
  }
}
