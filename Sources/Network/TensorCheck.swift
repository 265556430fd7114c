import Architecture
import Kernels
import Tensors

/// A layer whose tensors have been checked.
enum CheckedLayer {
  case trunk(any TrunkOperation)
  case fullyConnected(FullyConnectedOperation)
}

/// Looks up the tensors of one layer after the other, and collects everything that is wrong with
/// them.
struct TensorCheck {
  private let tensors: [String: WeightMatrix]
  private(set) var problems: [NetworkError.TensorProblem] = []
  /// The names of the tensors that were asked for, in order.
  private(set) var expected: [String] = []

  init(_ tensors: [String: WeightMatrix]) {
    self.tensors = tensors
  }

  /// A layer with its tensors; nil if they are wrong.
  ///
  /// The one place that knows which type runs which operation.
  mutating func layer(_ row: LayerSummary) -> CheckedLayer? {
    switch row.layer.operation {
    case .convolution(let spec):
      guard let checked = tensors(of: row) else { return nil }
      return .trunk(
        ConvolutionOperation(
          row: row,
          geometry: Convolution.Geometry(spec, inputChannels: row.input.channels),
          weights: checked.weights, bias: checked.bias))
    case .maxPooling(let spec):
      return .trunk(PoolingOperation(row: row, pooling: MaxPooling(spec)))
    case .normalization(let spec):
      return .trunk(
        NormalizationOperation(row: row, normalization: LocalResponseNormalization(spec)))
    case .fullyConnected(_, let relu, _):
      guard let checked = tensors(of: row) else { return nil }
      return .fullyConnected(
        FullyConnectedOperation(
          row: row, weights: checked.weights, bias: checked.bias, relu: relu))
    }
  }

  /// The checked tensors of a layer; nil if something is wrong with them.
  private mutating func tensors(of row: LayerSummary) -> (weights: WeightMatrix, bias: [Float])? {
    let found = row.tensors.compactMap { tensor($0.name, $0.dimensions) }
    guard found.count == 2 else { return nil }
    return (found[0], found[1].floats())
  }

  /// The tensors that no layer asked for.
  var unexpected: [NetworkError.TensorProblem] {
    let names = Set(expected)
    return tensors.sorted { $0.key < $1.key }.filter { !names.contains($0.key) }.map {
      .unexpected($0.key, found: $0.value.dimensions)
    }
  }

  private mutating func tensor(_ name: String, _ dimensions: [Int]) -> WeightMatrix? {
    expected.append(name)
    guard let found = tensors[name] else {
      problems.append(.missing(name, expected: dimensions))
      return nil
    }
    guard found.dimensions == dimensions else {
      problems.append(.wrongShape(name, expected: dimensions, found: found.dimensions))
      return nil
    }
    if case .quantized(let values, let scales) = found {
      guard values.elementType == .int8, scales.count == dimensions[0] else {
        problems.append(.unusable(name, reason: "8-bit weights need one scale for each output"))
        return nil
      }
    }
    return found
  }
}
