import Architecture
import Kernels
import Tensors
import Threads

/// A convolution followed by ReLU: direct, or by Winograd's filtering where that is faster.
struct ConvolutionOperation: TrunkOperation {
  let row: LayerSummary
  let geometry: Convolution.Geometry
  /// `[out, in, height, width]`.
  let weights: WeightMatrix
  let bias: [Float]

  /// For one image, transformed weights must not take longer to read than they save: those of conv2
  /// are shared by many tiles, those of the smaller maps after it are not.
  private static let latencyWeightLimit = 8 << 20

  func floatSteps(_ strategy: Plan.Strategy, _ kernels: InstructionSet) -> [TrunkStep<Float>] {
    if usesWinograd(strategy) {
      let layer = WinogradConvolution(geometry, bias: bias, relu: true, kernels: kernels) {
        weights.write(outputs: $0, to: &$1)
      }
      return [TrunkStep(row, layer)]
    }
    if strategy == .throughput, let steps = rearrangedSteps(kernels) { return steps }
    let layer = Convolution(geometry, bias: bias, relu: true, kernels: kernels) {
      weights.write(outputs: $0, to: &$1)
    }
    return [TrunkStep(row, layer)]
  }

  private func usesWinograd(_ strategy: Plan.Strategy) -> Bool {
    guard WinogradConvolution.supports(geometry) else { return false }
    return switch strategy {
    case .throughput: true
    case .latency: WinogradConvolution.weightBytes(geometry) <= Self.latencyWeightLimit
    }
  }

  /// The convolution over blocks of pixels, which makes a stride of 1 of the stride: a window of 11
  /// with stride 4 is one of 3 over blocks of 4x4 pixels. Nil where Winograd's filtering cannot
  /// compute that.
  private func rearrangedSteps(_ kernels: InstructionSet) -> [TrunkStep<Float>]? {
    guard geometry.stride > 1, geometry.groups == 1 else { return nil }
    let rearrangement = SpaceToDepth(geometry)
    guard WinogradConvolution.supports(rearrangement.geometry) else { return nil }
    let blocks = LayerSummary.Extent(
      channels: rearrangement.geometry.inputChannels,
      height: rearrangement.outputExtent(row.input.height),
      width: rearrangement.outputExtent(row.input.width))
    let layer = WinogradConvolution(
      rearrangement.geometry, weights: rearrangement.rearranged(weights: weights.floats()),
      bias: bias, relu: true, kernels: kernels)
    return [TrunkStep(row.layer.name, blocks, rearrangement), TrunkStep(row, layer)]
  }

  func byteStep(
    _ scales: Quantization.LayerScales, _ calibration: Calibration, _ kernels: InstructionSet
  ) -> TrunkStep<UInt8> {
    if scales.readsPixels {
      return TrunkStep(row, pixelLayer(scales, calibration, kernels))
    }
    let weights = quantizedWeights()
    if let points = calibration.points[row.layer.name] {
      return TrunkStep(
        row,
        QuantizedWinogradConvolution(
          geometry, weights: weights, bias: bias, inputScale: scales.input,
          outputScale: scales.output, points: points, kernels: kernels))
    }
    return TrunkStep(
      row,
      QuantizedConvolution(
        geometry, weights: weights, bias: bias, inputScale: scales.input,
        outputScale: scales.output, kernels: kernels))
  }

  /// The first convolution, whose bytes are pixels: their scale is multiplied into the weights, and
  /// their mean becomes part of the bias.
  private func pixelLayer(
    _ scales: Quantization.LayerScales, _ calibration: Calibration, _ kernels: InstructionSet
  ) -> QuantizedConvolution {
    var values = weights.floats()
    var shifted = bias
    let area = geometry.kernel * geometry.kernel
    for index in values.indices {
      let channel = index / area % geometry.inputChannels
      values[index] *= calibration.inputScale[channel]
      shifted[index / (area * geometry.inputChannels)] -=
        values[index] * calibration.inputMean[channel]
    }
    return QuantizedConvolution(
      geometry, weights: QuantizedWeights(values, outputs: geometry.filters), bias: shifted,
      inputScale: scales.input, outputScale: scales.output, kernels: kernels)
  }

  private func quantizedWeights() -> QuantizedWeights {
    guard case .quantized(let values, let scales) = weights else {
      return QuantizedWeights(weights.floats(), outputs: geometry.filters)
    }
    return values.withBytes { bytes in
      QuantizedWeights(
        values: bytes.indices.map { Int8(bitPattern: bytes[$0]) }, scales: scales)
    }
  }
}

extension Convolution: TrunkLayer {
  var inputPadding: Int { geometry.padding }

  func run(
    _ input: FeatureMap, _ output: FeatureMap, images: Int, scratch: FloatBuffer, pool: WorkerPool
  ) {
    run(input, output, images: images, pool: pool)
  }
}

extension WinogradConvolution: TrunkLayer {
  var gainsFromBatches: Bool { true }
  func scratchCount(_ output: LayerSummary.Extent) -> Int { scratchCount }
}

extension SpaceToDepth: TrunkLayer {
  func run(
    _ input: FeatureMap, _ output: FeatureMap, images: Int, scratch: FloatBuffer, pool: WorkerPool
  ) {
    run(input, output, images: images, pool: pool)
  }
}

extension QuantizedConvolution: TrunkLayer {
  var inputPadding: Int { geometry.padding }

  func run(
    _ input: ByteMap, _ output: ByteMap, images: Int, scratch: Buffer<UInt8>, pool: WorkerPool
  ) {
    run(input, output, images: images, pool: pool)
  }
}

extension QuantizedWinogradConvolution: TrunkLayer {
  var inputPadding: Int { geometry.padding }

  func scratchCount(_ output: LayerSummary.Extent) -> Int {
    scratchCount(outputHeight: output.height, outputWidth: output.width)
  }
}
