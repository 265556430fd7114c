import Architecture
import Kernels
import Threads

/// Local response normalisation.
struct NormalizationOperation: TrunkOperation {
  let row: LayerSummary
  let normalization: LocalResponseNormalization

  func floatSteps(_ strategy: Plan.Strategy, _ kernels: InstructionSet) -> [TrunkStep<Float>] {
    [TrunkStep(row, FloatNormalization(normalization: normalization, kernels: kernels))]
  }

  func byteStep(
    _ scales: Quantization.LayerScales, _ calibration: Calibration, _ kernels: InstructionSet
  ) -> TrunkStep<UInt8> {
    TrunkStep(
      row, ByteNormalization(normalization: normalization, scales: scales, kernels: kernels))
  }
}

private struct FloatNormalization: TrunkLayer {
  let normalization: LocalResponseNormalization
  let kernels: InstructionSet

  func run(
    _ input: FeatureMap, _ output: FeatureMap, images: Int, scratch: FloatBuffer, pool: WorkerPool
  ) {
    normalization.run(input, output, images: images, pool: pool, kernels: kernels)
  }
}

private struct ByteNormalization: TrunkLayer {
  let normalization: LocalResponseNormalization
  let scales: Quantization.LayerScales
  let kernels: InstructionSet

  func run(
    _ input: ByteMap, _ output: ByteMap, images: Int, scratch: Buffer<UInt8>, pool: WorkerPool
  ) {
    normalization.run(
      input, output, inputScale: scales.input, outputScale: scales.output, images: images,
      pool: pool, kernels: kernels)
  }
}
