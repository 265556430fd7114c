import Architecture
import Explanation
import Foundation
import Kernels
import Network
import Preprocessing
import Threads

/// A small network of every kind of layer, and a naive forward pass of it in double precision,
/// written from the definitions of the layers.
struct SmallNetwork {
  static let architecture = Architecture(
    name: "small", inputSize: 19,
    layers: [
      .convolution("first", 8, kernel: 5, stride: 2, padding: 1),
      .normalization("norm"),
      .maxPooling("pool", kernel: 3, stride: 2),
      .convolution("second", 16, kernel: 3, padding: 1, groups: 2),
      .convolution("third", 8, kernel: 3, padding: 1),
      .maxPooling("last", kernel: 2, stride: 2),
      .fullyConnected("hidden", 20),
      .fullyConnected("classes", 6, relu: false),
    ])

  let parameters: Parameters
  let rows: [LayerSummary]
  /// `[height, width, 3]`.
  let input: [Float]

  /// - Parameter lastBias: is added to the biases of the last convolution. With 4, the last pooling
  ///   has no window of zeros: the maximum of equal values has no derivative to compare with.
  init(seed: Int = 0, lastBias: Float = 4) throws {
    rows = try Self.architecture.summary()
    var tensors: [String: [Float]] = [:]
    for (number, tensor) in rows.flatMap(\.tensors).enumerated() {
      let inputs = tensor.dimensions.dropFirst().reduce(1, *)
      let values = SeededParameters.values(
        tensor: seed * 100 + number, count: tensor.dimensions.reduce(1, *),
        scale: tensor.dimensions.count == 1 ? 0.1 : (6 / Float(inputs)).squareRoot())
      tensors[tensor.name] = tensor.name == "third.bias" ? values.map { $0 + lastBias } : values
    }
    parameters = try Parameters(Self.architecture, floats: tensors)
    input = SeededParameters.values(tensor: 77, count: 19 * 19 * 3, scale: 1)
  }

  func weights(_ layer: LayerSpec) -> [Double] {
    (parameters.floats(named: layer.weightName) ?? []).map(Double.init)
  }

  func bias(_ layer: LayerSpec) -> [Double] {
    (parameters.floats(named: layer.biasName) ?? []).map(Double.init)
  }

  /// The input in the order channels, rows, columns.
  var picture: [Double] {
    let area = 19 * 19
    return (0..<3 * area).map { Double(input[$0 % area * 3 + $0 / area]) }
  }

  /// The outputs of the layers `range`, `[channels, height, width]`, from the input of the first of
  /// them.
  func forward(_ range: Range<Int>, _ input: [Double]) -> [Double] {
    range.reduce(input) { layer(rows[$1], $0) }
  }

  private func layer(_ row: LayerSummary, _ x: [Double]) -> [Double] {
    let (input, output) = (row.input, row.output)
    func at(_ channel: Int, _ y: Int, _ column: Int) -> Double? {
      guard y >= 0, y < input.height, column >= 0, column < input.width else { return nil }
      return x[(channel * input.height + y) * input.width + column]
    }
    func map(_ value: (Int, Int, Int) -> Double) -> [Double] {
      (0..<output.count).map { index in
        let area = output.height * output.width
        return value(index / area, index % area / output.width, index % output.width)
      }
    }
    switch row.layer.operation {
    case .convolution(let spec):
      let (weights, bias) = (weights(row.layer), bias(row.layer))
      let depth = input.channels / spec.groups
      return map { filter, y, column in
        var sum = bias[filter]
        let group = filter / (spec.filters / spec.groups)
        for channel in 0..<depth {
          for i in 0..<spec.kernel {
            for j in 0..<spec.kernel {
              let value =
                at(
                  group * depth + channel, y * spec.stride - spec.padding + i,
                  column * spec.stride - spec.padding + j) ?? 0
              sum +=
                value
                * weights[((filter * depth + channel) * spec.kernel + i) * spec.kernel + j]
            }
          }
        }
        return max(0, sum)
      }
    case .maxPooling(let spec):
      return map { channel, y, column in
        var largest = -Double.infinity
        for i in 0..<spec.kernel {
          for j in 0..<spec.kernel {
            largest = max(
              largest, at(channel, y * spec.stride + i, column * spec.stride + j) ?? -.infinity)
          }
        }
        return largest
      }
    case .normalization(let spec):
      return map { channel, y, column in
        var squares = 0.0
        for near in channel - spec.size / 2...channel + spec.size / 2
        where (0..<input.channels).contains(near) {
          let value = at(near, y, column) ?? 0
          squares += value * value
        }
        let alpha = Double(spec.alpha) / (spec.alphaDividedBySize ? Double(spec.size) : 1)
        return (at(channel, y, column) ?? 0)
          * pow(Double(spec.k) + alpha * squares, -Double(spec.beta))
      }
    case .fullyConnected(let outputs, let relu, _):
      let (weights, bias) = (weights(row.layer), bias(row.layer))
      return (0..<outputs).map { index in
        let sum = x.indices.reduce(bias[index]) { $0 + weights[index * x.count + $1] * x[$1] }
        return relu ? max(0, sum) : sum
      }
    }
  }

  /// The evidence for classes.
  func evidence(
    _ method: ExplanationMethod, classes: [Int]?, threads: Int = 2
  ) throws -> Explainer.Evidence {
    try Explainer(
      ExplainedNetwork(parameters, preprocessing: .alexnet, method: method),
      pool: WorkerPool(threads: threads)
    ).evidence(input: input, classes: classes)
  }
}

/// Whether two lists agree, relative to the largest value of the second.
func agree(_ left: [Float], _ right: [Double], tolerance: Double) -> Bool {
  let largest = right.map(abs).max() ?? 0
  return left.count == right.count && largest > 0
    && zip(left, right).allSatisfy { abs(Double($0) - $1) <= tolerance * largest }
}
