import Foundation
import Kernels
import Network
import Tensors
import Testing

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
    let latency = try Network(architecture, parameters: parameters, strategy: .latency)
    let throughput = try Network(architecture, parameters: parameters, strategy: .throughput)

    for (network, batch, threads, streaming) in [
      (latency, 1, 1, false), (latency, 1, 2, false), (latency, 5, 2, false),
      (latency, 3, 1, true), (throughput, 1, 1, false), (throughput, 3, 2, false),
      (throughput, 11, 1, true), (throughput, 21, 2, false),
    ] {
      let workspace = Workspace(
        for: network, batch: batch, pool: WorkerPool(threads: threads), streaming: streaming)
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
    let network = try Network(
      .alexnet, parameters: SeededParameters.parameters(of: .alexnet), kernels: kernels)
    let workspace = Workspace(for: network, batch: 2, pool: WorkerPool(threads: 2))
    for image in 0..<2 { fill(workspace, image: image, tensor: 1000) }
    workspace.forward(count: 2)
    let largest = expected.map(abs).max() ?? 0
    for image in 0..<2 {
      let difference = zip(workspace.logits(image), expected).map { abs($0 - $1) }.max()
      #expect(try #require(difference) <= 1e-4 * largest)
    }
  }

  /// A picture of seeded values between -128 and 128, generated as `[3, height, width]`.
  private func fill(_ workspace: Workspace, image: Int, tensor: Int) {
    let size = workspace.network.architecture.inputSize
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

  @Test("tensors that do not fit are all named at once")
  func wrongTensors() throws {
    var parameters = try SeededParameters.parameters(of: .alexnet.withClasses(10))
    parameters["conv2.bias"] = nil
    parameters["conv9.weight"] = .dense(try Tensor([1], shape: [1]))
    parameters["fc7.bias"] = .dense(try Tensor([1, 2], shape: [2]))
    let expected = NetworkError.wrongTensors(
      architecture: "alexnet",
      [
        .missing("conv2.bias", expected: [256]),
        .wrongShape("fc7.bias", expected: [4096], found: [2]),
        .unexpected("conv9.weight", found: [1]),
      ])
    #expect(throws: expected) {
      try Network(.alexnet.withClasses(10), parameters: parameters)
    }
  }
}
