import Kernels
import Tensors

/// An architecture with its weights bound: what a ``Workspace`` runs.
///
/// Everything is checked here, once; the forward pass cannot fail. Immutable, so any number of
/// workers may share it.
public final class Network: Sendable {
  public let architecture: Architecture
  public let kernels: InstructionSet
  /// The layers with their shapes, one for each of ``Architecture/layers``.
  public let summary: [LayerSummary]
  let layers: [BoundLayer]

  /// Values that the last layer gives.
  public var classCount: Int { architecture.classCount }

  /// A layer ready to run.
  enum BoundLayer: Sendable {
    case convolution(Convolution)
    case maxPooling(MaxPooling)
    case normalization(LocalResponseNormalization)
    case fullyConnected(FullyConnected)
    case sparseFullyConnected(SparseFullyConnected)
  }

  /// - Parameters:
  ///   - architecture: the layers; its last must give as many values as there are classes.
  ///   - parameters: `NAME.weight` and `NAME.bias` of every convolution and fully connected layer.
  /// - Throws: ``NetworkError`` naming every tensor that is missing, unexpected, misshapen or of a
  ///   type that cannot be run.
  public init(
    _ architecture: Architecture, parameters: [String: WeightMatrix],
    kernels: InstructionSet = .best
  ) throws(NetworkError) {
    self.architecture = architecture
    self.kernels = kernels
    summary = try architecture.summary()
    let problems = Self.problems(summary, parameters)
    guard problems.isEmpty else {
      throw .wrongTensors(architecture: architecture.name, problems)
    }
    var layers: [BoundLayer] = []
    for row in summary {
      do {
        layers.append(try Self.bind(row, parameters, kernels))
      } catch {
        throw .wrongTensors(
          architecture: architecture.name,
          [.unusable(row.layer.name + ".weight", reason: error.description)])
      }
    }
    self.layers = layers
  }

  private static func problems(
    _ summary: [LayerSummary], _ parameters: [String: WeightMatrix]
  ) -> [NetworkError.TensorProblem] {
    var expected: [(name: String, dimensions: [Int])] = []
    for row in summary {
      guard let dimensions = row.weightDimensions else { continue }
      expected.append((row.layer.name + ".weight", dimensions))
      expected.append((row.layer.name + ".bias", [row.output.channels]))
    }
    var problems: [NetworkError.TensorProblem] = []
    for (name, dimensions) in expected {
      guard let found = parameters[name] else {
        problems.append(.missing(name, expected: dimensions))
        continue
      }
      if found.dimensions != dimensions {
        problems.append(.wrongShape(name, expected: dimensions, found: found.dimensions))
      }
    }
    let names = Set(expected.map(\.name))
    for (name, matrix) in parameters.sorted(by: { $0.key < $1.key }) where !names.contains(name) {
      problems.append(.unexpected(name, found: matrix.dimensions))
    }
    return problems
  }

  private static func bind(
    _ row: LayerSummary, _ parameters: [String: WeightMatrix], _ kernels: InstructionSet
  ) throws(TensorError) -> BoundLayer {
    switch row.layer.operation {
    case .maxPooling(let pooling): return .maxPooling(pooling)
    case .normalization(let normalization): return .normalization(normalization)
    case .convolution, .fullyConnected: break
    }
    guard let weights = parameters[row.layer.name + ".weight"],
      let bias = try parameters[row.layer.name + ".bias"]?.floats()
    else { preconditionFailure("the tensors were checked before") }

    switch row.layer.operation {
    case .convolution(let filters, let kernel, let stride, let padding, let groups):
      let geometry = Convolution.Geometry(
        inputChannels: row.input.channels, filters: filters, kernel: kernel, stride: stride,
        padding: padding, groups: groups)
      return .convolution(
        Convolution(
          geometry, weights: try weights.floats(), bias: bias, relu: true, kernels: kernels))
    case .fullyConnected(_, let relu, _):
      switch weights {
      case .sparse(let matrix):
        return .sparseFullyConnected(SparseFullyConnected(matrix, bias: bias, relu: relu))
      case .dense(let tensor):
        return .fullyConnected(
          try FullyConnected(weights: tensor, bias: bias, relu: relu, kernels: kernels))
      case .quantized:
        let tensor = try Tensor(weights.floats(), shape: weights.dimensions)
        return .fullyConnected(
          try FullyConnected(weights: tensor, bias: bias, relu: relu, kernels: kernels))
      }
    case .maxPooling, .normalization:
      preconditionFailure("returned above")
    }
  }
}
