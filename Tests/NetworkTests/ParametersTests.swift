import Architecture
import Network
import Tensors
import Testing
import Threads

@Suite struct ParametersTests {
  /// 2x2 pixels into three outputs, then two.
  private static let small = Architecture(
    name: "small", inputSize: 2,
    layers: [
      .fullyConnected("fc1", 3),
      .fullyConnected("fc2", 2, relu: false),
    ])

  @Test("tensors that do not fit are all named at once")
  func wrongTensors() throws {
    var tensors = try SeededParameters.tensors(of: .alexnet.withClasses(10))
    tensors["conv2.bias"] = nil
    tensors["conv9.weight"] = .dense(try FloatTensor([1], shape: [1]))
    tensors["fc6.bias"] = .quantized(
      values: try Tensor(int8: [Int8](repeating: 1, count: 4096), shape: [4096]), scales: [1, 2])
    tensors["fc7.bias"] = .dense(try FloatTensor([1, 2], shape: [2]))
    let expected = NetworkError.wrongTensors(
      architecture: "alexnet",
      [
        .missing("conv2.bias", expected: [256]),
        .unusable("fc6.bias", reason: "8-bit weights need one scale for each output"),
        .wrongShape("fc7.bias", expected: [4096], found: [2]),
        .unexpected("conv9.weight", found: [1]),
      ])
    #expect(throws: expected) { try Parameters(.alexnet.withClasses(10), tensors) }
  }

  @Test("tensors are read by name, in the order of the layers")
  func names() throws {
    let parameters = try SeededParameters.parameters(of: Self.small)
    #expect(parameters.names == ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"])
    #expect(Set(parameters.names) == Set(parameters.tensors.keys))
    #expect(
      parameters.floats(named: "fc2.bias")
        == SeededParameters.values(tensor: 3, count: 2, scale: 0.1))
    #expect(parameters.floats(named: "fc3.bias") == nil)
  }

  @Test("changed copies of the values make new parameters, and leave the old ones as they were")
  func training() throws {
    let before = try SeededParameters.parameters(of: Self.small)
    var floats: [String: [Float]] = [:]
    for name in before.names { floats[name] = before.floats(named: name) }
    floats["fc2.bias"]?[1] += 1
    let after = try Parameters(Self.small, floats: floats)
    let (first, second) = (logits(Plan(before)), logits(Plan(after)))
    #expect(second[0] == first[0] && abs(second[1] - first[1] - 1) < 1e-6)
    floats["fc1.bias"]?.removeLast()
    #expect(
      throws: NetworkError.wrongTensors(
        architecture: "small", [.wrongShape("fc1.bias", expected: [3], found: [2])])
    ) { try Parameters(Self.small, floats: floats) }
  }

  @Test("plans read mapped weights where they lie, without a copy of their own")
  func shared() throws {
    let file = ChangingFile([Float](repeating: 0, count: 36))
    var tensors = try SeededParameters.tensors(of: Self.small)
    tensors["fc1.weight"] = .dense(try FloatTensor(file.tensor(shape: [3, 12])))
    tensors["fc1.bias"] = .dense(try FloatTensor([0, 0, 0], shape: [3]))
    tensors["fc2.weight"] = .dense(try FloatTensor([1, 1, 1, 0, 0, 0], shape: [2, 3]))
    tensors["fc2.bias"] = .dense(try FloatTensor([0, 0], shape: [2]))
    let parameters = try Parameters(Self.small, tensors)
    let plans = [
      Plan(parameters, strategy: .latency), Plan(parameters, strategy: .throughput),
    ]
    for plan in plans { #expect(logits(plan) == [0, 0]) }
    file.fill(0.5)
    // Three sums of twelve ones, times 0.5.
    for plan in plans { #expect(logits(plan) == [18, 0]) }
  }

  @Test("layers in an order that cannot run are refused")
  func order() throws {
    var layers = Self.small.layers
    layers.append(.maxPooling("pool", kernel: 1, stride: 1))
    let last = Architecture(name: "last", inputSize: 2, layers: layers)
    #expect(throws: NetworkError.self) { try SeededParameters.parameters(of: last) }
    let none = Architecture(name: "none", inputSize: 2, layers: [layers[2]])
    #expect(throws: NetworkError.self) { try SeededParameters.parameters(of: none) }
  }

  /// What a plan gives for a picture of ones.
  private func logits(_ plan: Plan) -> [Float] {
    let workspace = Workspace(for: plan, batch: 1, pool: WorkerPool(threads: 1))
    workspace.withInput(0) { for index in $0.indices { $0[index] = 1 } }
    workspace.forward(count: 1)
    return workspace.logits(0)
  }
}

/// Stands for a mapped file, but can be changed while others read it.
@safe private final class ChangingFile {
  private let memory: UnsafeMutableBufferPointer<Float>

  init(_ values: [Float]) {
    // SAFETY: the memory is initialised here, and freed in `deinit`.
    unsafe memory = .allocate(capacity: values.count)
    _ = unsafe memory.initialize(from: values)
  }

  deinit { unsafe memory.deallocate() }

  func tensor(shape: [Int]) throws -> Tensor {
    // SAFETY: the storage keeps this object, and with it the memory.
    let storage = unsafe Storage(viewing: UnsafeRawBufferPointer(memory), owner: self)
    return try Tensor(.float32, Shape(shape), storage: storage, range: 0..<storage.count)
  }

  func fill(_ value: Float) {
    // SAFETY: nothing reads the memory at the same time.
    unsafe memory.update(repeating: value)
  }
}
