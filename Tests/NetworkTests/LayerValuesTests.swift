import Architecture
import Foundation
import Kernels
import Network
import Tensors
import Testing
import Threads

/// Networks that run up to one of their layers.
///
/// Golden values come from PyTorch (`Scripts/make-network-goldens.py`); those of a small network
/// from the reference operations. One at a time: the full-size networks take 300 MB each.
@Suite(.serialized) struct LayerValuesTests {
  @Test(
    "the layers before the last give PyTorch's values, in its order",
    arguments: [Architecture.alexnet, .torchvision])
  func golden(architecture: Architecture) throws {
    let parameters = try SeededParameters.parameters(of: architecture)
    for layer in ["pool3", "fc6", "fc7"] {
      let url = try #require(
        Bundle.module.url(
          forResource: "\(architecture.name)-\(layer)", withExtension: "f32",
          subdirectory: "Golden"))
      let data = try Data(contentsOf: url)
      let expected = try Tensor(bytes: Array(data), .float32, shape: [data.count / 4]).floats()
      let largest = expected.max() ?? 0
      for (strategy, batch, streaming) in [
        (Plan.Strategy.latency, 1, false), (.throughput, 9, false), (.throughput, 9, true),
      ] {
        let plan = Plan(parameters, through: layer, strategy: strategy)
        let workspace = Workspace(
          for: plan, batch: batch, pool: WorkerPool(threads: 2), streaming: streaming)
        for image in 0..<batch { fill(workspace, image, tensor: 1000 - (batch - 1 - image)) }
        workspace.forward(count: batch)
        let values = workspace.values(batch - 1)
        #expect(values.count == expected.count)
        #expect(zip(values, expected).allSatisfy { abs($0 - $1) <= 1e-4 * largest })
      }
    }
  }

  private static let small = Architecture(
    name: "small", inputSize: 31,
    layers: [
      .convolution("conv1", 8, kernel: 5, stride: 2, padding: 2),
      .normalization("norm1"),
      .maxPooling("pool1"),
      .convolution("conv2", 16, kernel: 3, padding: 1, groups: 2),
      .convolution("conv3", 12, kernel: 3, padding: 1),
      .maxPooling("pool2"),
      .fullyConnected("fc4", 20),
      .fullyConnected("fc5", 10),
      .fullyConnected("fc6", 5, relu: false),
    ])

  @Test("every layer gives what the plain operations give, whatever the batches")
  func everyLayer() throws {
    let parameters = try SeededParameters.parameters(of: Self.small)
    let expected = (0..<6).map { image in reference(parameters, picture(tensor: 1000 + image)) }
    for (position, row) in parameters.summary.enumerated() {
      for (strategy, batch, threads, streaming) in [
        (Plan.Strategy.latency, 1, 2, false), (.latency, 3, 1, true),
        (.throughput, 6, 2, false), (.throughput, 6, 1, true),
      ] {
        let plan = Plan(parameters, through: row.layer.name, strategy: strategy)
        #expect(plan.lastLayer == row)
        let workspace = Workspace(
          for: plan, batch: batch, pool: WorkerPool(threads: threads), streaming: streaming)
        // The second pass finds the memory as the first left it, and has fewer images.
        for count in Set([batch, max(1, batch - 1)]).sorted(by: >) {
          for image in 0..<count { fill(workspace, image, tensor: 1000 + image) }
          workspace.forward(count: count)
          for image in 0..<count {
            let values = expected[image][position]
            let largest = values.map(abs).max() ?? 0
            let found = workspace.values(image)
            #expect(found.count == row.output.count && found.count == values.count)
            #expect(
              zip(found, values).allSatisfy { abs($0 - $1) <= 1e-5 * largest },
              "\(row.layer.name), image \(image) of \(count)")
          }
        }
      }
    }
  }

  @Test("8 bits and bfloat16 stay near the plain operations, at every layer")
  func otherPrecisions() throws {
    let parameters = try SeededParameters.parameters(of: Self.small)
    let expected = reference(parameters, picture(tensor: 1000))
    let maxima = zip(parameters.summary, expected).map { ($0.layer.name, $1.max() ?? 0) }
    let quantization = try Quantization(
      Calibration(
        inputMean: [128, 128, 128], inputScale: [1, 1, 1],
        ranges: Dictionary(uniqueKeysWithValues: maxima)),
      for: Self.small)
    for precision in [Precision.bfloat16, .int8(quantization)] {
      for (position, row) in parameters.summary.enumerated() {
        let plan = Plan(parameters, through: row.layer.name, precision: precision)
        let workspace = Workspace(for: plan, batch: 2, pool: WorkerPool(threads: 1))
        for image in 0..<2 { fill(workspace, image, tensor: 1000) }
        workspace.forward(count: 2)
        for image in 0..<2 {
          #expect(
            cosine(workspace.values(image), expected[position]) > 0.995, "\(row.layer.name)")
        }
      }
    }
  }

  private func cosine(_ left: [Float], _ right: [Float]) -> Float {
    func dot(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    return dot(left, right) / (dot(left, left) * dot(right, right)).squareRoot()
  }

  /// What each layer gives for a picture `[3, height, width]`.
  private func reference(_ parameters: Parameters, _ picture: [Float]) -> [[Float]] {
    var values = picture
    return parameters.summary.map { row in
      let weights = parameters.floats(named: row.layer.weightName) ?? []
      let bias = parameters.floats(named: row.layer.biasName) ?? []
      let (channels, height, width) = (row.input.channels, row.input.height, row.input.width)
      switch row.layer.operation {
      case .convolution(let spec):
        values = Reference.convolution(
          values, height: height, width: width, weights: weights, bias: bias,
          geometry: Convolution.Geometry(spec, inputChannels: channels), relu: true)
      case .maxPooling(let spec):
        values = Reference.maxPooling(
          values, channels: channels, height: height, width: width, pooling: MaxPooling(spec))
      case .normalization(let spec):
        values = Reference.normalization(
          values, channels: channels, area: height * width,
          normalization: LocalResponseNormalization(spec))
      case .fullyConnected(_, let relu, _):
        values = Reference.fullyConnected(values, weights: weights, bias: bias, relu: relu)
      }
      return values
    }
  }

  private func picture(tensor: Int, size: Int = small.inputSize) -> [Float] {
    SeededParameters.values(tensor: tensor, count: 3 * size * size, scale: 128)
  }

  /// Writes a picture of seeded values between -128 and 128, made as `[3, height, width]`.
  private func fill(_ workspace: Workspace, _ image: Int, tensor: Int) {
    let size = workspace.plan.parameters.architecture.inputSize
    let values = picture(tensor: tensor, size: size)
    workspace.withInput(image) { picture in
      for pixel in 0..<size * size {
        for channel in 0..<3 {
          picture[pixel * 3 + channel] = values[channel * size * size + pixel]
        }
      }
    }
  }
}
