public import Architecture
public import Tensors

/// The weights of a network, checked once against its architecture.
///
/// Every layer has its tensors, in the right shape and of a type that can be read, so that making a
/// ``Plan`` cannot fail. Weights are not copied and may be in a mapped file. Any number of plans
/// and threads may share them.
///
/// Training reads values with ``floats(named:)``, changes its copies, and makes new parameters of
/// them with ``init(_:floats:)``.
public struct Parameters: Sendable {
  public let architecture: Architecture
  /// The layers with their shapes, one for each of ``Architecture/layers``.
  public let summary: [LayerSummary]
  /// The tensors by name: `NAME.weight` and `NAME.bias` of every layer that has weights.
  public let tensors: [String: WeightMatrix]
  /// The names of ``tensors``: in the order of the layers, a layer's weight before its bias.
  public let names: [String]
  /// The layers before the first fully connected one.
  let trunk: [any TrunkOperation]
  /// The fully connected layers: at least one.
  let head: [FullyConnectedOperation]

  /// Values that the last layer gives.
  public var classCount: Int { architecture.classCount }

  /// - Parameters:
  ///   - architecture: the layers; fully connected ones come last, and there is at least one.
  ///   - tensors: `NAME.weight` and `NAME.bias` of every convolution and fully connected layer.
  /// - Throws: ``NetworkError`` naming every tensor that is missing, unexpected, misshapen or of a
  ///   form that cannot be run, all at once.
  public init(
    _ architecture: Architecture, _ tensors: [String: WeightMatrix]
  ) throws(NetworkError) {
    self.architecture = architecture
    self.tensors = tensors
    let summary = try architecture.checkedSummary()
    self.summary = summary
    var check = TensorCheck(tensors)
    var trunk: [any TrunkOperation] = []
    var head: [FullyConnectedOperation] = []
    for row in summary {
      switch check.layer(row) {
      case .fullyConnected(let operation): head.append(operation)
      case .trunk(let operation):
        guard head.isEmpty else {
          throw .impossibleLayer(
            ArchitectureError(
              layer: row.layer.name,
              reason: "only fully connected layers follow a fully connected one"))
        }
        trunk.append(operation)
      case nil: continue
      }
    }
    names = check.expected
    let problems = check.problems + check.unexpected
    guard problems.isEmpty else {
      throw .wrongTensors(architecture: architecture.name, problems)
    }
    guard !head.isEmpty else {
      throw .impossibleLayer(
        ArchitectureError(
          layer: architecture.layers.last?.name ?? architecture.name,
          reason: "a network ends in a fully connected layer"))
    }
    self.trunk = trunk
    self.head = head
  }

  /// Parameters that own float32 values.
  ///
  /// - Parameter floats: the values of every tensor, row-major, by name.
  /// - Throws: ``NetworkError`` as ``init(_:_:)`` does, also where a tensor has too many or too few
  ///   values.
  public init(
    _ architecture: Architecture, floats: [String: [Float]]
  ) throws(NetworkError) {
    var dimensions: [String: [Int]] = [:]
    for row in try architecture.checkedSummary() {
      for tensor in row.tensors { dimensions[tensor.name] = tensor.dimensions }
    }
    var tensors: [String: WeightMatrix] = [:]
    var problems: [NetworkError.TensorProblem] = []
    for (name, values) in floats.sorted(by: { $0.key < $1.key }) {
      do throws(TensorError) {
        // `init(_:_:)` reports a tensor that belongs to no layer.
        let shape = dimensions[name] ?? [values.count]
        tensors[name] = .dense(try FloatTensor(values, shape: shape))
      } catch {
        problems.append(
          .wrongShape(name, expected: dimensions[name] ?? [], found: [values.count]))
      }
    }
    guard problems.isEmpty else {
      throw .wrongTensors(architecture: architecture.name, problems)
    }
    try self.init(architecture, tensors)
  }

  /// A copy of a tensor's values as float32, row-major; nil if no tensor has this name.
  ///
  /// Weights `[out, in, height, width]` or `[out, in]`, biases `[out]`.
  public func floats(named name: String) -> [Float]? { tensors[name]?.floats() }
}
