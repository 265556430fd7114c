import Architecture
import Kernels
import Threads

/// A layer before the first fully connected one, with its checked tensors: what becomes a
/// ``TrunkLayer`` once the precision and the instruction set are chosen.
///
/// An operation is one conforming type and one case of ``TensorCheck/layer(_:)``.
protocol TrunkOperation: Sendable {
  var row: LayerSummary { get }

  /// The steps that compute the layer in float32.
  func floatSteps(_ strategy: Plan.Strategy, _ kernels: InstructionSet) -> [TrunkStep<Float>]

  /// The step that computes the layer in 8 bits.
  func byteStep(
    _ scales: Quantization.LayerScales, _ calibration: Calibration, _ kernels: InstructionSet
  ) -> TrunkStep<UInt8>
}

/// An operation on maps of float32 (`Element` is `Float`) or of bytes (`UInt8`), ready to run.
protocol TrunkLayer<Element>: Sendable {
  associatedtype Element: BitwiseCopyable & Sendable

  /// Pixels of border that the layer reads around its input.
  var inputPadding: Int { get }
  /// Bytes of weights in the form in which they are read, without biases.
  var weightBytes: Int { get }
  /// Whether small maps of several images are computed faster together than one by one.
  var gainsFromBatches: Bool { get }
  /// Elements of scratch memory that the layer needs for an output of this size.
  func scratchCount(_ output: LayerSummary.Extent) -> Int

  /// Computes the first `images` images of `output`, split over `pool`.
  func run(
    _ input: Map<Element>, _ output: Map<Element>, images: Int, scratch: Buffer<Element>,
    pool: WorkerPool)
}

extension TrunkLayer {
  var inputPadding: Int { 0 }
  var weightBytes: Int { 0 }
  var gainsFromBatches: Bool { false }
  func scratchCount(_ output: LayerSummary.Extent) -> Int { 0 }
}

/// A layer, or a part of a layer, that is ready to run, and the shape of its output.
struct TrunkStep<Element: BitwiseCopyable & Sendable>: Sendable {
  /// The layer that it belongs to.
  let name: String
  let output: LayerSummary.Extent
  let layer: any TrunkLayer<Element>

  init(_ name: String, _ output: LayerSummary.Extent, _ layer: any TrunkLayer<Element>) {
    self.name = name
    self.output = output
    self.layer = layer
  }

  init(_ row: LayerSummary, _ layer: any TrunkLayer<Element>) {
    self.init(row.layer.name, row.output, layer)
  }

  var scratchCount: Int { layer.scratchCount(output) }
}
