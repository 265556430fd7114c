import Synchronization
import Tensors
import Testing

@Suite struct DeferredTensorTests {
  @Test("values are computed at the first read, and once")
  func once() throws {
    let counter = Counter()
    let tensor = try Tensor(deferring: Shape([3]), from: []) { output in
      counter.add()
      for index in output.indices { output[index] = Float(index) }
    }
    #expect(tensor.shape.count == 3 && tensor.range.count == 12 && counter.count == 0)
    #expect(try tensor.floats() == [0, 1, 2])
    #expect(try tensor.computed.floats() == [0, 1, 2])
    #expect(counter.count == 1)
  }

  @Test("tensors that are computed from each other without end are refused")
  func chain() throws {
    var tensor = try Tensor([1], shape: [1])
    func next() throws -> Tensor {
      let source = tensor
      return try Tensor(deferring: Shape([1]), from: [source]) { output in
        output[0] = ((try? source.floats()) ?? [0])[0] + 1
      }
    }
    for _ in 0..<Tensor.maxPendingSteps { tensor = try next() }
    #expect(throws: TensorError.tooManySteps) { try next() }
    #expect(try tensor.floats() == [Float(1 + Tensor.maxPendingSteps)])
  }
}

private final class Counter: Sendable {
  private let value = Mutex(0)
  var count: Int { value.withLock(\.self) }
  func add() { value.withLock { $0 += 1 } }
}
