import Kernels
import Tensors

extension Network {
  /// The steps that run the layers in 8 bits; their tensors have been checked.
  static func bindQuantized(
    _ summary: [LayerSummary], _ parameters: [String: WeightMatrix], _ calibration: Calibration,
    _ strategy: Strategy, _ kernels: InstructionSet
  ) throws(TensorError) -> [Step] {
    var binding = QuantizedBinding(
      calibration: calibration, strategy: strategy, kernels: kernels)
    var steps: [Step] = []
    for row in summary { steps.append(step(row, try binding.bind(row, parameters))) }
    return steps
  }
}

/// Goes through the layers and knows what a byte of the current activations is worth.
private struct QuantizedBinding {
  let calibration: Calibration
  let strategy: Network.Strategy
  let kernels: InstructionSet
  /// Nil at the input, whose channels may differ.
  private var scale: Float?
  private var followsConvolution = false

  init(calibration: Calibration, strategy: Network.Strategy, kernels: InstructionSet) {
    self.calibration = calibration
    self.strategy = strategy
    self.kernels = kernels
  }

  mutating func bind(
    _ row: LayerSummary, _ parameters: [String: WeightMatrix]
  ) throws(TensorError) -> Network.Operation {
    defer {
      if case .convolution = row.layer.operation {
        followsConvolution = true
      } else {
        followsConvolution = false
      }
    }
    var outputScale = calibration.ranges[row.layer.name].map { $0 / 255 }
    switch row.layer.operation {
    case .maxPooling(let pooling):
      return .maxPooling(pooling)
    case .normalization(let normalization):
      let inputScale = scale ?? 1
      // Steps a little smaller than the input's would shift most small values the same way: 17 steps of
      // 1.03 round to 17 steps of 1.
      if let range = outputScale, range > 0.75 * inputScale { outputScale = inputScale }
      scale = outputScale
      return .quantizedNormalization(
        normalization, inputScale: inputScale, outputScale: outputScale ?? inputScale)
    case .convolution(let filters, let kernel, let stride, let padding, let groups):
      let geometry = Convolution.Geometry(
        inputChannels: row.input.channels, filters: filters, kernel: kernel, stride: stride,
        padding: padding, groups: groups)
      let (weights, bias) = try Network.tensors(row, parameters)
      let layer = try convolution(geometry, weights, bias, outputScale: outputScale ?? 1)
      scale = outputScale
      return layer
    case .fullyConnected(_, let relu, _):
      let (weights, bias) = try Network.tensors(row, parameters)
      let inputScale = scale ?? 1
      scale = outputScale
      return try fullyConnected(row, weights, bias, inputScale: inputScale, relu: relu)
    }
  }

  private func convolution(
    _ geometry: Convolution.Geometry, _ weights: WeightMatrix, _ bias: [Float],
    outputScale: Float
  ) throws(TensorError) -> Network.Operation {
    if let scale {
      let weights = try quantized(weights, outputs: geometry.filters)
      if strategy == .throughput, !isPrecise(geometry),
        QuantizedWinogradConvolution.supports(geometry)
      {
        return .quantizedWinograd(
          QuantizedWinogradConvolution(
            geometry, weights: weights, bias: bias, inputScale: scale, outputScale: outputScale,
            kernels: kernels))
      }
      return .quantizedConvolution(
        QuantizedConvolution(
          geometry, weights: weights, bias: bias, inputScale: scale, outputScale: outputScale,
          kernels: kernels))
    }
    // The input's bytes are pixels: their scale goes into the weights, their mean into the bias.
    var values = try weights.floats()
    var shifted = bias
    let area = geometry.kernel * geometry.kernel
    for index in values.indices {
      let channel = index / area % geometry.inputChannels
      values[index] *= calibration.inputScale[channel]
      shifted[index / (area * geometry.inputChannels)] -=
        values[index] * calibration.inputMean[channel]
    }
    return .quantizedConvolution(
      QuantizedConvolution(
        geometry, weights: QuantizedWeights(values, outputs: geometry.filters), bias: shifted,
        inputScale: 1, outputScale: outputScale, kernels: kernels))
  }

  /// Whether a convolution should not be rounded further. That of conv3's input, the last normalised
  /// map, costs accuracy most: the starter's top-1 agreement with float32 falls from 98.8 to 98.0 %.
  private func isPrecise(_ geometry: Convolution.Geometry) -> Bool {
    geometry.kernel == 3 && !followsConvolution
  }

  private func fullyConnected(
    _ row: LayerSummary, _ weights: WeightMatrix, _ bias: [Float], inputScale: Float, relu: Bool
  ) throws(TensorError) -> Network.Operation {
    switch weights {
    case .sparse(let matrix):
      return .sparseFullyConnected(.init(matrix, bias: bias, relu: relu))
    case .quantized(let values, let scales):
      guard QuantizedFullyConnected.supports(inputs: row.input.count) else { break }
      return .quantizedFullyConnected(
        .init(
          weights: values, scales: scales, bias: bias, inputScale: inputScale, relu: relu,
          kernels: kernels))
    case .dense:
      guard QuantizedFullyConnected.supports(inputs: row.input.count) else { break }
      let weights = try quantized(weights, outputs: row.output.channels)
      return .quantizedFullyConnected(
        .init(
          weights: try Tensor(int8: weights.values, shape: [row.output.channels, row.input.count]),
          scales: weights.scales, bias: bias, inputScale: inputScale, relu: relu,
          kernels: kernels))
    }
    let tensor = try Tensor(weights.floats(), shape: weights.dimensions)
    return .fullyConnected(
      try .init(weights: tensor, bias: bias, relu: relu, kernels: kernels))
  }

  private func quantized(
    _ weights: WeightMatrix, outputs: Int
  ) throws(TensorError) -> QuantizedWeights {
    if case .quantized(let values, let scales) = weights {
      return values.withBytes { bytes in
        QuantizedWeights(
          values: bytes.indices.map { Int8(bitPattern: bytes[$0]) }, scales: scales)
      }
    }
    return QuantizedWeights(try weights.floats(), outputs: outputs)
  }
}
