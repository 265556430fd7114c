import Architecture
import Kernels
import Tensors

/// How one layer runs in 8 bits, and what the bytes that it reads and writes are worth.
struct QuantizedBinding {
  private let row: LayerSummary
  /// Nil at the network's input, whose channels may differ.
  private let inputScale: Float?
  private let outputScale: Float?
  private let calibration: Calibration
  private let kernels: InstructionSet

  /// - Parameter layer: which of `summary`.
  init(
    _ summary: [LayerSummary], layer: Int, calibration: Calibration, kernels: InstructionSet
  ) {
    row = summary[layer]
    self.calibration = calibration
    self.kernels = kernels
    var scale: Float?
    for earlier in summary[..<layer] {
      scale = Self.outputScale(earlier, inputScale: scale, calibration)
    }
    inputScale = scale
    outputScale = Self.outputScale(row, inputScale: scale, calibration)
  }

  /// What a byte that the layer gives is worth.
  private static func outputScale(
    _ row: LayerSummary, inputScale: Float?, _ calibration: Calibration
  ) -> Float? {
    let scale = calibration.ranges[row.layer.name].map { $0 / 255 }
    switch row.layer.operation {
    case .maxPooling: return inputScale
    case .normalization:
      // Steps a little smaller than the input's would shift most small values the same way: 17 steps of
      // 1.03 round to 17 steps of 1.
      guard let scale, let inputScale, scale < 0.75 * inputScale else { return inputScale }
      return scale
    case .convolution, .fullyConnected: return scale
    }
  }

  /// The layer's tensors have been checked.
  func bind(_ parameters: [String: WeightMatrix]) throws(TensorError) -> Network.Operation {
    switch row.layer.operation {
    case .maxPooling(let pooling):
      return .maxPooling(MaxPooling(pooling))
    case .normalization(let normalization):
      return .quantizedNormalization(
        LocalResponseNormalization(normalization), inputScale: inputScale ?? 1,
        outputScale: outputScale ?? 1)
    case .convolution(let spec):
      let geometry = Convolution.Geometry(spec, inputChannels: row.input.channels)
      let (weights, bias) = try Network.tensors(row, parameters)
      return try convolution(geometry, weights, bias, outputScale: outputScale ?? 1)
    case .fullyConnected(_, let relu, _):
      let (weights, bias) = try Network.tensors(row, parameters)
      return try fullyConnected(weights, bias, inputScale: inputScale ?? 1, relu: relu)
    }
  }

  private func convolution(
    _ geometry: Convolution.Geometry, _ weights: WeightMatrix, _ bias: [Float],
    outputScale: Float
  ) throws(TensorError) -> Network.Operation {
    if let inputScale {
      let weights = try quantized(weights, outputs: geometry.filters)
      if let points = calibration.points[row.layer.name] {
        return .quantizedWinograd(
          QuantizedWinogradConvolution(
            geometry, weights: weights, bias: bias, inputScale: inputScale,
            outputScale: outputScale, points: points, kernels: kernels))
      }
      return .quantizedConvolution(
        QuantizedConvolution(
          geometry, weights: weights, bias: bias, inputScale: inputScale, outputScale: outputScale,
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

  private func fullyConnected(
    _ weights: WeightMatrix, _ bias: [Float], inputScale: Float, relu: Bool
  ) throws(TensorError) -> Network.Operation {
    switch weights {
    case .sparse(let matrix):
      guard QuantizedSparseFullyConnected.supports(inputs: row.input.count) else {
        return .sparseFullyConnected(.init(matrix, bias: bias, relu: relu, kernels: kernels))
      }
      return .quantizedSparseFullyConnected(
        .init(matrix, bias: bias, inputScale: inputScale, relu: relu, kernels: kernels))
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
