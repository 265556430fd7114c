import Architecture
import Foundation
import Kernels
import Network
import Tensors
import Testing
import Threads

/// Golden logits come from PyTorch: `Scripts/make-network-goldens.py` builds the same networks from
/// the same seeded weights and writes what its last layer gives. One at a time: each takes 300 MB.
@Suite(.serialized) struct NetworkTests {
  /// File name, architecture.
  static let goldens: [(String, Architecture)] =
    Architecture.all.map { ($0.name, $0) } + [("onnx-zoo", onnxZoo)]

  /// The ONNX zoo's bvlcalexnet: a 224 pixel input and poolings that round up.
  static let onnxZoo: Architecture = {
    var architecture = Architecture.bvlcAlexnet.withPoolingRounded(.up)
    architecture.inputSize = 224
    return architecture
  }()

  @Test(
    "every variant gives PyTorch's logits, one image at a time and in batches",
    arguments: goldens.indices)
  func logits(index: Int) throws {
    let (name, architecture) = Self.goldens[index]
    let expected = try golden(name)
    #expect(expected.count == 1000)
    let parameters = try SeededParameters.parameters(of: architecture)
    let largest = expected.map(abs).max() ?? 0
    let latency = Plan(parameters, strategy: .latency)
    let throughput = Plan(parameters, strategy: .throughput, pool: WorkerPool(threads: 2))

    for (plan, batch, threads, streaming) in [
      (latency, 1, 1, false), (latency, 1, 2, false), (latency, 5, 2, false),
      (latency, 3, 1, true), (throughput, 1, 1, false), (throughput, 3, 2, false),
      (throughput, 11, 1, true), (throughput, 21, 2, false),
    ] {
      let workspace = Workspace(
        for: plan, batch: batch, pool: WorkerPool(threads: threads), streaming: streaming)
      for image in 0..<batch {
        // Every image of a batch is another one; the last is the golden one.
        fill(workspace, image: image, tensor: 1000 - (batch - 1 - image))
      }
      workspace.forward(count: batch)
      let logits = workspace.logits(batch - 1)
      let difference = zip(logits, expected).map { abs($0 - $1) }.max() ?? .infinity
      #expect(logits.count == expected.count && difference <= 1e-4 * largest)
      #expect(abs(workspace.probabilities(batch - 1).reduce(0, +) - 1) < 1e-5)
    }
  }

  @Test(
    "every instruction set gives PyTorch's logits", arguments: InstructionSet.available.map(\.name))
  func instructionSets(isa: String) throws {
    let kernels = try #require(InstructionSet(named: isa))
    let expected = try golden("alexnet")
    let plan = Plan(try SeededParameters.parameters(of: .alexnet), kernels: kernels)
    let workspace = Workspace(for: plan, batch: 2, pool: WorkerPool(threads: 2))
    for image in 0..<2 { fill(workspace, image: image, tensor: 1000) }
    workspace.forward(count: 2)
    let largest = expected.map(abs).max() ?? 0
    for image in 0..<2 {
      let difference = zip(workspace.logits(image), expected).map { abs($0 - $1) }.max()
      #expect(try #require(difference) <= 1e-4 * largest)
    }
  }

  @Test(
    "8 bits stay near PyTorch's logits, for every variant and instruction set, alone and in batches",
    arguments: goldens.indices)
  func int8(index: Int) throws {
    let (name, architecture) = Self.goldens[index]
    let expected = try golden(name)
    let largest = expected.map(abs).max() ?? 0
    let parameters = try SeededParameters.parameters(of: architecture)
    let workspace = Workspace(for: Plan(parameters), batch: 1, pool: WorkerPool(threads: 2))
    fill(workspace, image: 0, tensor: 1000)
    workspace.forward(count: 1)
    var points: [String: WinogradPoints] = [:]
    for (layer, geometry) in try architecture.pointLayers() {
      var meter = WinogradPointsMeter(geometry)
      workspace.withLayerInput(layer) { meter.observe($0) }
      points[layer] = meter.points
    }
    #expect(points.keys.sorted() == ["conv2", "conv3", "conv4", "conv5"])
    #expect(points.values.allSatisfy { $0.means.contains { $0 > 0 } })
    // The input's values, -128 to 128, are bytes with an offset.
    let quantization = try Quantization(
      Calibration(
        inputMean: [128, 128, 128], inputScale: [1, 1, 1], ranges: workspace.layerMaxima(),
        points: points),
      for: architecture)
    for isa in index == 0 ? InstructionSet.available.map(\.name) : [InstructionSet.best.name] {
      let plan = Plan(
        parameters, precision: .int8(quantization),
        kernels: try #require(InstructionSet(named: isa)))
      var first: [Float]?
      for (batch, threads, streaming) in [(1, 2, false), (3, 2, false), (2, 1, true)] {
        let workspace = Workspace(
          for: plan, batch: batch, pool: WorkerPool(threads: threads), streaming: streaming)
        for image in 0..<batch { fill(workspace, image: image, tensor: 1000) }
        workspace.forward(count: batch)
        for image in 0..<batch {
          let logits = workspace.logits(image)
          let errors = zip(logits, expected).map { abs($0 - $1) }
          // Eight layers, each rounding to 1/255 and 1/127 of its largest value.
          #expect(try #require(errors.max()) <= 0.05 * largest)
          #expect(errors.reduce(0, +) / Float(errors.count) <= 0.01 * largest)
          // Its sums are whole numbers, so that company changes nothing.
          let alone = first ?? logits
          first = alone
          #expect(logits == alone)
        }
      }
    }
  }

  @Test(
    "bfloat16 stays near PyTorch's logits, for every strategy and instruction set",
    arguments: InstructionSet.available.map(\.name), [Plan.Strategy.latency, .throughput])
  func bfloat16(isa: String, strategy: Plan.Strategy) throws {
    let expected = try golden("alexnet")
    let largest = expected.map(abs).max() ?? 0
    let plan = Plan(
      try SeededParameters.parameters(of: .alexnet), strategy: strategy, precision: .bfloat16,
      kernels: try #require(InstructionSet(named: isa)))
    for (batch, threads, streaming) in [(1, 2, false), (3, 2, false), (2, 1, true)] {
      let workspace = Workspace(
        for: plan, batch: batch, pool: WorkerPool(threads: threads), streaming: streaming)
      for image in 0..<batch { fill(workspace, image: image, tensor: 1000) }
      workspace.forward(count: batch)
      for image in 0..<batch {
        let errors = zip(workspace.logits(image), expected).map { abs($0 - $1) }
        // Three layers, each rounding its inputs and its weights by up to 1/512 of themselves.
        #expect(try #require(errors.max()) <= 0.01 * largest)
        #expect(errors.reduce(0, +) / Float(errors.count) <= 0.002 * largest)
      }
    }
  }

  /// A picture of seeded values between -128 and 128, generated as `[3, height, width]`.
  private func fill(_ workspace: Workspace, image: Int, tensor: Int) {
    let size = workspace.plan.parameters.architecture.inputSize
    let values = SeededParameters.values(tensor: tensor, count: 3 * size * size, scale: 128)
    workspace.withInput(image) { picture in
      for pixel in 0..<size * size {
        for channel in 0..<3 {
          picture[pixel * 3 + channel] = values[channel * size * size + pixel]
        }
      }
    }
  }

  private func golden(_ name: String) throws -> [Float] {
    let url = try #require(
      Bundle.module.url(forResource: name, withExtension: "f32", subdirectory: "Golden"))
    let data = try Data(contentsOf: url)
    return try Tensor(bytes: Array(data), .float32, shape: [data.count / 4]).floats()
  }
}
