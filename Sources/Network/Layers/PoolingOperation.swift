import Architecture
import Kernels
import Threads

/// The maximum over square windows.
struct PoolingOperation: TrunkOperation {
  let row: LayerSummary
  let pooling: MaxPooling

  func floatSteps(_ strategy: Plan.Strategy, _ kernels: InstructionSet) -> [TrunkStep<Float>] {
    [TrunkStep(row, FloatPooling(pooling: pooling, kernels: kernels))]
  }

  func byteStep(
    _ scales: Quantization.LayerScales, _ calibration: Calibration, _ kernels: InstructionSet
  ) -> TrunkStep<UInt8> {
    TrunkStep(row, BytePooling(pooling: pooling, kernels: kernels))
  }
}

private struct FloatPooling: TrunkLayer {
  let pooling: MaxPooling
  let kernels: InstructionSet

  func run(
    _ input: FeatureMap, _ output: FeatureMap, images: Int, scratch: FloatBuffer, pool: WorkerPool
  ) {
    pooling.run(input, output, images: images, pool: pool, kernels: kernels)
  }
}

private struct BytePooling: TrunkLayer {
  let pooling: MaxPooling
  let kernels: InstructionSet

  func run(
    _ input: ByteMap, _ output: ByteMap, images: Int, scratch: Buffer<UInt8>, pool: WorkerPool
  ) {
    pooling.run(input, output, images: images, pool: pool, kernels: kernels)
  }
}
